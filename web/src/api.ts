// The typed client of the public API: one function per endpoint that the pages use, one error class.
// Same origin and session cookie; the page never holds a token.

import type { z } from 'zod';
import type {
  apiKey,
  completeUpload,
  createAnnotation,
  createApiKey,
  createUpload,
  downloadLink,
  errorBody,
  inputFile,
  job,
  JobListItem,
  Me,
  MultipartUpload,
  PostUpload,
  reference,
} from '../../domain/http.ts';
import type { Checkout, Invoice, Restore, Subscription } from '../../domain/http-billing.ts';
import type { JobStatus } from '../../domain/jobs.ts';

export type Job = z.infer<typeof job>;
export type InputFile = z.infer<typeof inputFile>;
export type Reference = z.infer<typeof reference>;
export type ApiKey = z.infer<typeof apiKey>;
export type DownloadLink = z.infer<typeof downloadLink>;
export type { Checkout, Invoice, JobListItem, Me, MultipartUpload, PostUpload, Restore, Subscription };

export interface JobPage {
  jobs: JobListItem[];
  next: string | null;
}

export interface FilePage {
  files: InputFile[];
  next: string | null;
}

export interface InvoicePage {
  invoices: Invoice[];
  next: string | null;
}

export interface RestorePage {
  restores: Restore[];
  next: string | null;
}

/**
 * An answer that is not a success. `type` is the API's stable word, or `unreachable` (no answer came, `status` is 0)
 * or `unexpected_answer` (not the API's envelope: a proxy's page, say).
 */
export class ApiError extends Error {
  readonly status: number;
  readonly type: string;
  readonly details: Record<string, unknown> | undefined;
  readonly requestId: string | undefined;

  constructor(
    status: number,
    type: string,
    message: string,
    more: { details?: Record<string, unknown> | undefined; requestId?: string | undefined; cause?: unknown } = {},
  ) {
    super(message, { cause: more.cause });
    this.name = 'ApiError';
    this.status = status;
    this.type = type;
    this.details = more.details;
    this.requestId = more.requestId;
  }
}

interface CallOptions {
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

/** Which page of a list, after the cursor that the page before gave. */
export interface PageOf {
  cursor?: string | undefined;
  limit: number;
  signal?: AbortSignal;
}

export function queryOf({ limit, cursor }: PageOf): URLSearchParams {
  const query = new URLSearchParams({ limit: String(limit) });
  if (cursor !== undefined) query.set('cursor', cursor);
  return query;
}

export const getMe = (): Promise<Me> => call('GET', '/me');

export const getSubscription = (): Promise<Subscription> => call('GET', '/subscription');

/** The hosted payment page; while one is open, that one. */
export const openCheckout = (): Promise<Checkout> => call('POST', '/subscription');

/** With the period that is paid for, or at once. What follows takes a moment; the answer is how it stands now. */
export const cancelSubscription = (at: 'period_end' | 'now'): Promise<Subscription> =>
  call('DELETE', at === 'now' ? '/subscription?now=true' : '/subscription');

export const openPortal = (): Promise<{ portal_url: string }> => call('POST', '/subscription/portal');

export const listInvoices = (page: PageOf): Promise<InvoicePage> =>
  call('GET', `/subscription/invoices?${queryOf(page)}`, { signal: page.signal });

export const listFailedRestores = (page: PageOf): Promise<RestorePage> =>
  call('GET', `/subscription/restores?state=failed&${queryOf(page)}`, { signal: page.signal });

/** Asks to bring an archived result back, or to try that again. */
export const restoreResult = (jobId: string): Promise<unknown> =>
  call('POST', `/annotations/${encodeURIComponent(jobId)}/restore`);

export const listReferences = (): Promise<{ references: Reference[] }> => call('GET', '/references');

export const startUpload = (
  body: z.input<typeof createUpload>,
  signal?: AbortSignal,
): Promise<{ upload: PostUpload | MultipartUpload; input_file: string }> => call('POST', '/uploads', { body, signal });

/** `completePath` is of the gateway itself, from the multipart answer of `startUpload`. */
export const finishMultipartUpload = (
  completePath: string,
  body: z.input<typeof completeUpload>,
  signal?: AbortSignal,
): Promise<{ job_id?: string | undefined }> => call('POST', completePath, { body, signal });

export const listFiles = (page: PageOf): Promise<FilePage> =>
  call('GET', `/annotate/files?${queryOf(page)}`, { signal: page.signal });

/** The same `idempotencyKey` with the same body makes one job, however often it is sent. */
export const startAnnotation = (
  body: z.input<typeof createAnnotation>,
  idempotencyKey: string,
): Promise<{ job_id: string; input_file: string }> =>
  call('POST', '/annotations', { body, headers: { 'Idempotency-Key': idempotencyKey } });

export function listAnnotations(filter: PageOf & { status?: JobStatus | undefined }): Promise<JobPage> {
  const query = queryOf(filter);
  if (filter.status !== undefined) query.set('job_status', filter.status);
  return call('GET', `/annotations?${query}`, { signal: filter.signal });
}

export const getAnnotation = (jobId: string, signal?: AbortSignal): Promise<Job> =>
  call('GET', `/annotations/${encodeURIComponent(jobId)}`, { signal });

export const cancelAnnotation = (jobId: string): Promise<unknown> =>
  call('DELETE', `/annotations/${encodeURIComponent(jobId)}`);

export const eraseAnnotationData = (jobId: string): Promise<unknown> =>
  call('DELETE', `/annotations/${encodeURIComponent(jobId)}/data`);

/** A presigned address for one of the job's files; it is opened at once, since it expires within minutes. */
export const getDownloadLink = (jobId: string, file: 'result' | 'log' | 'provenance'): Promise<DownloadLink> =>
  call('GET', `/annotations/${encodeURIComponent(jobId)}/${file}`);

/** The address of the job's server-sent events, for an EventSource. */
export const jobEventsUrl = (jobId: string): string => `/annotations/${encodeURIComponent(jobId)}/events`;

export const listApiKeys = (): Promise<{ api_keys: ApiKey[] }> => call('GET', '/api-keys');

/** The answer holds the key itself, which is never shown again. */
export const createApiKeyFor = (body: z.input<typeof createApiKey>): Promise<{ api_key_id: string; api_key: string }> =>
  call('POST', '/api-keys', { body });

export const revokeApiKey = (apiKeyId: string): Promise<unknown> =>
  call('DELETE', `/api-keys/${encodeURIComponent(apiKeyId)}`);

/** `sign_out_url` is where the issuer ends its own session and sends people back; null when it has none. */
export const signOut = (): Promise<{ sign_out_url: string | null }> => call('POST', '/auth/logout', { body: {} });

/** Where to send the browser to sign in; it comes back to `returnTo`, a path of this site. */
export const signInUrl = (returnTo: string): string => `/auth/login?return_to=${encodeURIComponent(returnTo)}`;

/** The same for those who are signed in: a signature needs a recent sign-in. */
export const signInAgainUrl = (returnTo: string): string => `${signInUrl(returnTo)}&again=true`;

/** One request; the body of a success. @throws ApiError */
export async function call<Answer>(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      credentials: 'same-origin',
      headers: { Accept: 'application/json', 'Content-Type': 'application/json', ...options.headers },
      body: options.body === undefined ? null : JSON.stringify(options.body),
      signal: options.signal ?? null,
    });
  } catch (error) {
    // An abort is the caller's own doing and stays what it is.
    if (options.signal?.aborted) throw error;
    throw new ApiError(0, 'unreachable', 'The service could not be reached.', { cause: error });
  }
  return readEnvelope<Answer>(response);
}

/** The body of a success; throws ApiError for anything else. */
export async function readEnvelope<Answer>(response: Response): Promise<Answer> {
  const body: unknown = await response.json().catch(() => undefined);
  // A failed job is a success of the API that has an `error` too, hence the look at the HTTP status first.
  if (!response.ok && isErrorBody(body)) {
    const { type, message, details, request_id } = body.error;
    throw new ApiError(response.status, type, message, { details, requestId: request_id });
  }
  if (!response.ok || !isSuccess(body)) {
    const message = `The service gave an answer that these pages do not understand (HTTP ${response.status}).`;
    throw new ApiError(response.status, 'unexpected_answer', message);
  }
  // The gateway makes its answers from the very schemas that `Answer` is inferred from.
  return body as Answer;
}

function isSuccess(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'status' in body && body.status === 'success';
}

function isErrorBody(body: unknown): body is z.infer<typeof errorBody> {
  if (typeof body !== 'object' || body === null || !('error' in body)) return false;
  const { error } = body;
  return (
    typeof error === 'object' &&
    error !== null &&
    'type' in error &&
    typeof error.type === 'string' &&
    'message' in error &&
    typeof error.message === 'string'
  );
}
