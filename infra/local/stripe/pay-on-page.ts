// Fills in the hosted checkout page as a browser would: for tests and tours that need somebody to have paid.

export interface PageOutcome {
  /** Of the last page: 303 leads back to the shop, 402 is a decline, 410 a session that is closed. */
  status: number;
  /** Where the page led to. */
  redirectTo: string | null;
  /** What the page says of what went wrong. */
  alert: string | null;
}

export interface PageOptions {
  /** What the customer does when the card asks for 3-D Secure. */
  authentication?: 'complete' | 'fail';
  email?: string;
}

/** `url` is the session's `url`. Posts the card, then goes through 3-D Secure if it is asked for. */
export async function payOnPage(url: string, number: string, options: PageOptions = {}): Promise<PageOutcome> {
  const { authentication = 'complete', email = 'payer@varloom.test' } = options;
  const answer = await post(url, { number, expiry: '12/34', cvc: '123', email });
  if (answer.redirectTo !== `${new URL(url).pathname}/authenticate`) return answer;
  const authenticated = await post(`${url}/authenticate`, { outcome: authentication });
  if (authenticated.redirectTo !== new URL(url).pathname) return authenticated;
  return readPage(await fetch(url));
}

async function post(url: string, fields: Record<string, string>): Promise<PageOutcome> {
  return readPage(await fetch(url, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' }));
}

async function readPage(response: Response): Promise<PageOutcome> {
  const [, alert = null] = /role="alert">([^<]*)</.exec(await response.text()) ?? [];
  const unescaped = alert?.replaceAll('&#39;', "'") ?? null;
  return { status: response.status, redirectTo: response.headers.get('location'), alert: unescaped };
}
