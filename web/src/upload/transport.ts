// Sends bytes to the store with XMLHttpRequest, since fetch tells no upload progress.

export interface TransportHooks {
  signal: AbortSignal;
  onSent: (sentBytes: number) => void;
}

export interface StoreAnswer {
  status: number;
  body: string;
  /** Of a part only. */
  etag: string | null;
}

/**
 * No answer came. `allSent`: every byte had left, so that the store has the file. When false it may have it all the
 * same: Chromium tells nothing of the last bytes when the store answers with a redirect.
 */
export class TransportError extends Error {
  readonly allSent: boolean;

  constructor(allSent: boolean) {
    super(allSent ? 'The answer of the store did not arrive.' : 'The connection broke off.');
    this.name = 'TransportError';
    this.allSent = allSent;
  }
}

/** Posts the form of a presigned POST; the file comes last, as S3 demands. Follows the store's redirect to the gateway. */
export function postForm(
  url: string,
  fields: Record<string, string>,
  file: File,
  hooks: TransportHooks,
): Promise<StoreAnswer> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', file);
  return send('POST', url, form, hooks);
}

/** Puts one part of a multipart upload. */
export function putPart(url: string, bytes: Blob, hooks: TransportHooks): Promise<StoreAnswer> {
  return send('PUT', url, bytes, hooks);
}

function send(method: string, url: string, body: FormData | Blob, hooks: TransportHooks): Promise<StoreAnswer> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let allSent = false;
    const abort = () => request.abort();
    const settle = (act: () => void) => {
      hooks.signal.removeEventListener('abort', abort);
      act();
    };
    request.upload.addEventListener('progress', (event) => {
      allSent = event.lengthComputable && event.loaded >= event.total;
      hooks.onSent(event.loaded);
    });
    request.addEventListener('load', () => {
      // Reading a header that the answer does not expose is an error in the browser's console.
      const etag = method === 'PUT' ? request.getResponseHeader('ETag') : null;
      settle(() => resolve({ status: request.status, body: request.responseText, etag }));
    });
    request.addEventListener('error', () => settle(() => reject(new TransportError(allSent))));
    request.addEventListener('timeout', () => settle(() => reject(new TransportError(allSent))));
    request.addEventListener('abort', () => settle(() => reject(hooks.signal.reason)));
    if (hooks.signal.aborted) {
      reject(hooks.signal.reason);
      return;
    }
    hooks.signal.addEventListener('abort', abort);
    request.open(method, url);
    // A header that needs no preflight; after S3's redirect it asks the gateway for JSON rather than for a page.
    request.setRequestHeader('Accept', 'application/json');
    request.send(body);
  });
}
