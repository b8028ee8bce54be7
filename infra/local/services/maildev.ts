// maildev: takes every mail, delivers none, and shows them in a web inbox and by `GET /email`.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { projectDirectory } from '../home.ts';
import { answers, portOrFree, startEmbedded } from './embedded.ts';
import type { EmbeddedService, ServiceOptions, StartedService } from './embedded.ts';

export interface MaildevAddresses {
  /** smtp://… for MAIL_URL. */
  smtp: string;
  /** The inbox, for people. */
  ui: string;
  /** `GET` answers the mails as JSON. */
  api: string;
}

export interface MaildevOptions extends ServiceOptions {
  /** Port of the inbox; `port` is that of SMTP. */
  webPort?: number;
}

export async function startMaildev(options: MaildevOptions): Promise<StartedService<MaildevAddresses>> {
  return startEmbedded(await embedMaildev(options), options.directory);
}

export async function embedMaildev(options: MaildevOptions): Promise<EmbeddedService<MaildevAddresses>> {
  const smtpPort = await portOrFree(options.port);
  const webPort = await portOrFree(options.webPort);
  const mails = join(options.directory, 'mails'); // read again at each start
  await mkdir(mails, { recursive: true });
  const ui = `http://127.0.0.1:${webPort}`;
  return {
    plan: {
      name: 'mail',
      command: process.execPath,
      args: [
        join(projectDirectory, 'node_modules', 'maildev', 'bin', 'maildev'),
        ...['--ip', '127.0.0.1', '--smtp', String(smtpPort), '--web-ip', '127.0.0.1', '--web', String(webPort)],
        ...['--mail-directory', mails],
      ],
      isReady: async (output) => output().includes('SMTP Server running') && (await answers(`${ui}/healthz`)),
      readyWithinSeconds: 60,
      stopSignal: 'SIGTERM',
      stopWithinSeconds: 5,
    },
    addresses: { smtp: `smtp://127.0.0.1:${smtpPort}`, ui, api: `${ui}/email` },
  };
}
