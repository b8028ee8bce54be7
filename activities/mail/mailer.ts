// The mail port and its two adapters: SMTP and Amazon SES, chosen by the scheme of MAIL_URL.

import { SendEmailCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { createTransport, type SendMailOptions, type Transporter } from 'nodemailer';
import { inSpan } from '../../process/spans.ts';

export interface Message {
  /** Fixed by what the message is about, so that a repeat can be recognised. Without angle brackets. */
  messageId: string;
  to: string;
  subject: string;
  text: string;
  html: string;
}

/** By it a repeat is recognised, whatever carried the message. */
const MESSAGE_ID_HEADER = 'X-Varloom-Message-Id';

export interface Mailer {
  send(message: Message): Promise<void>;
  close(): void;
}

export interface MailOptions {
  /** `smtp://[user:password@]host:port`, `smtps://…` or `ses://REGION`. */
  url: string;
  from: string;
  /** Unset means AWS itself. */
  sesEndpoint?: string | undefined;
  /** Of SES; undefined means those that AWS programs find by themselves. */
  credentials?: { accessKeyId: string; secretAccessKey: string } | undefined;
}

export function createMailer(options: MailOptions): Mailer {
  const transport = createMailTransport(options);
  const { protocol, hostname } = new URL(options.url);
  const call = {
    name: 'Mail send',
    attributes: { 'rpc.system': protocol.slice(0, -1), 'rpc.method': 'send', 'server.address': hostname },
  };
  const send = (mail: SendMailOptions) => inSpan(call, () => transport.sendMail(mail));
  return {
    async send(message) {
      await send({
        from: options.from,
        // As one address: text would be read as a list of them.
        to: { name: '', address: message.to },
        subject: message.subject,
        text: message.text,
        html: message.html,
        messageId: `<${message.messageId}>`,
        // SES gives each message a Message-ID of its own: the fixed one is kept in a header that nobody replaces.
        headers: { 'Auto-Submitted': 'auto-generated', [MESSAGE_ID_HEADER]: message.messageId },
        // Content comes from our templates alone.
        disableFileAccess: true,
        disableUrlAccess: true,
      });
    },
    close: () => transport.close(),
  };
}

function createMailTransport({ url, sesEndpoint, credentials }: MailOptions): Transporter {
  const { protocol, hostname } = new URL(url);
  if (protocol === 'ses:') {
    const sesClient = new SESv2Client({
      region: hostname,
      ...(sesEndpoint ? { endpoint: sesEndpoint } : {}),
      ...(credentials ? { credentials } : {}),
    });
    return createTransport({ SES: { sesClient, SendEmailCommand } });
  }
  return createTransport({
    url,
    pool: true,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 30_000,
  });
}
