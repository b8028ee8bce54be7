// The store's notices, by Amazon SNS: an upload has arrived, an archived result can be read. SNS signs them; the local
// stack's store cannot, and only there is an unsigned notice accepted, from the expected topic. A notice is a hint: what
// counts is what the store holds.

import { createVerify, X509Certificate } from 'node:crypto';
import { createRoute, z } from '@hono/zod-openapi';
import { VarloomError } from '../../domain/errors.ts';
import { isId, jobId, type JobId } from '../../domain/ids.ts';
import { createRoutes, type Dependencies } from '../context.ts';
import { answers, PUBLIC } from '../openapi.ts';
import { uploadArrived } from './submission.ts';

const FETCH_TIMEOUT_MS = 5_000;

const envelope = z.object({
  Type: z.enum(['Notification', 'SubscriptionConfirmation', 'UnsubscribeConfirmation']),
  MessageId: z.string(),
  TopicArn: z.string(),
  Message: z.string(),
  Timestamp: z.string(),
  Subject: z.string().optional(),
  Token: z.string().optional(),
  SubscribeURL: z.url().optional(),
  SignatureVersion: z.string().optional(),
  Signature: z.string().optional(),
  SigningCertURL: z.string().optional(),
});
type Envelope = z.infer<typeof envelope>;

const s3Event = z.object({
  Records: z
    .array(
      z.object({
        eventName: z.string(),
        s3: z.object({ bucket: z.object({ name: z.string() }), object: z.object({ key: z.string() }) }),
      }),
    )
    // S3 sends a test event without records when a notification is set up.
    .default([]),
});

export function storageNoticeRoutes(deps: Dependencies) {
  const { settings, logger } = deps;

  const route = createRoute({
    method: 'post',
    path: '/webhooks/storage',
    security: PUBLIC,
    request: {
      // SNS sends JSON as text/plain.
      body: { required: true, content: { 'text/plain': { schema: z.string() } } },
    },
    responses: answers({ 200: {} }, []),
    summary: 'Notices of the store, signed by Amazon SNS: an upload has arrived, an archived result can be read',
  });

  return createRoutes().openapi(route, async (c) => {
    const notice = parse(envelope, await c.req.text());
    if (!settings.STORAGE_TOPIC_ARN || notice.TopicArn !== settings.STORAGE_TOPIC_ARN) {
      throw new VarloomError('bad_request', 'The notice is from a topic that is not expected here.');
    }
    if (!settings.STORAGE_ACCEPT_UNSIGNED) await verifySignature(notice);

    if (notice.Type === 'SubscriptionConfirmation') await confirm(notice);
    if (notice.Type === 'Notification') {
      for (const { eventName, s3 } of parse(s3Event, notice.Message).Records) {
        const { bucket, object } = s3;
        if (isKind('ObjectCreated', eventName) && bucket.name === settings.S3_INPUTS_BUCKET) await arrived(object.key);
        if (!isKind('ObjectRestore:Completed', eventName) || bucket.name !== settings.S3_RESULTS_BUCKET) continue;
        const archived = archivedResultOf(object.key);
        if (archived) await deps.sagas.tellRetrieved(archived);
      }
    }
    return c.json({ code: 200 as const, status: 'success' as const }, 200);
  });

  /** A refusal is final, and its upload's page told the person: the store need not repeat the notice. */
  async function arrived(key: string): Promise<void> {
    try {
      await uploadArrived(deps, key);
    } catch (error) {
      if (!(error instanceof VarloomError) || error.type === 'unavailable') throw error;
      logger.info({ uploadId: key, type: error.type }, 'upload arrived, and no job was made of it');
    }
  }

  async function confirm(notice: Envelope): Promise<void> {
    const url = new URL(notice.SubscribeURL ?? '');
    const isLocal = settings.STORAGE_ACCEPT_UNSIGNED && url.origin === new URL(settings.S3_ENDPOINT ?? '').origin;
    if (!isLocal && !isAmazonSns(url))
      throw new VarloomError('bad_request', 'The subscription is not confirmed there.');
    const answer = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
    if (!answer.ok) throw new VarloomError('unavailable', 'The subscription could not be confirmed.');
    logger.info({ topic: notice.TopicArn }, 'storage notices subscribed');
  }
}

/** Notices name it without the prefix under which a bucket is set up to send it. */
function isKind(kind: string, eventName: string): boolean {
  const name = eventName.replace(/^s3:/, '');
  return name === kind || name.startsWith(`${kind}:`);
}

/** The job whose archived copy has this key: `archive/<jobId>/<generation>`. */
function archivedResultOf(key: string): JobId | undefined {
  const [, id] = /^archive\/([^/]+)\/\d+$/.exec(key) ?? [];
  return id !== undefined && isId(id) ? jobId(id) : undefined;
}

function parse<T>(schema: z.ZodType<T>, text: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw new VarloomError('bad_request', 'The body is not a notice of the store.');
  }
}

function isAmazonSns(url: URL): boolean {
  return url.protocol === 'https:' && /^sns\.[a-z0-9-]+\.amazonaws\.com(\.cn)?$/.test(url.hostname) && url.port === '';
}

/** Amazon SNS Developer Guide, "Verifying the signatures of Amazon SNS messages". */
async function verifySignature(notice: Envelope): Promise<void> {
  const refused = () => new VarloomError('bad_request', 'The signature of the notice is not valid.');
  const algorithm = { '1': 'RSA-SHA1', '2': 'RSA-SHA256' }[notice.SignatureVersion ?? ''];
  if (!algorithm || !notice.Signature || !notice.SigningCertURL || !URL.canParse(notice.SigningCertURL))
    throw refused();
  const verifier = createVerify(algorithm).update(signedText(notice));
  const certificate = await signingCertificate(new URL(notice.SigningCertURL));
  if (!certificate || !verifier.verify(certificate.publicKey, notice.Signature, 'base64')) throw refused();
}

export function signedText(notice: Envelope): string {
  const names =
    notice.Type === 'Notification'
      ? (['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'] as const)
      : (['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'] as const);
  return names.map((name) => (notice[name] === undefined ? '' : `${name}\n${notice[name]}\n`)).join('');
}

const certificates = new Map<string, X509Certificate>();

async function signingCertificate(url: URL): Promise<X509Certificate | undefined> {
  if (!isAmazonSns(url) || !url.pathname.endsWith('.pem')) return undefined;
  const known = certificates.get(url.href);
  if (known) return known;
  const answer = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
  if (!answer.ok) return undefined;
  const certificate = new X509Certificate(await answer.text());
  if (Date.parse(certificate.validTo) < Date.now()) return undefined;
  // A few certificates are current at a time; an attacker cannot add one, since they all come from Amazon.
  if (certificates.size > 20) certificates.clear();
  certificates.set(url.href, certificate);
  return certificate;
}
