// The client of the payment service: Stripe itself, or whatever speaks its API at another address.

import { asyncLocalStorage } from '@temporalio/activity';
import Stripe from 'stripe';
import { inSpan } from '../../process/spans.ts';

export interface StripeSettings {
  apiKey: string;
  /** Unset means Stripe itself. */
  endpoint?: string | undefined;
  /** Of one attempt at one call. */
  timeoutMs?: number;
}

const CALL_TIMEOUT_MS = 20_000;

export function createStripe({ apiKey, endpoint, timeoutMs = CALL_TIMEOUT_MS }: StripeSettings): Stripe {
  return new Stripe(apiKey, {
    // Pinned: the account's own version decides nothing.
    apiVersion: '2026-10-28.endive',
    timeout: timeoutMs,
    // One that comes at once, under the same idempotency key; the others are Temporal's.
    maxNetworkRetries: 1,
    telemetry: false,
    httpClient: Stripe.createFetchHttpClient(fetchUntilCancelled),
    ...(endpoint === undefined ? {} : addressOf(endpoint)),
  });
}

function addressOf(endpoint: string) {
  const { protocol, hostname, port } = new URL(endpoint);
  const isPlain = protocol === 'http:';
  return {
    protocol: isPlain ? ('http' as const) : ('https' as const),
    host: hostname,
    port: port || (isPlain ? 80 : 443),
  };
}

/** A call ends when the activity that makes it is cancelled; the client knows of its own timeout only. */
const fetchUntilCancelled: typeof fetch = (input, init) => {
  const signals = [init?.signal, asyncLocalStorage.getStore()?.cancellationSignal].filter((signal) => signal != null);
  return inSpan(callOf(input, init), async (span) => {
    const answer = await fetch(input, { ...init, signal: AbortSignal.any(signals) });
    span?.setAttribute('http.response.status_code', answer.status);
    return answer;
  });
};

/** The first word of the path: behind it there are ids of the payment service. */
function callOf(input: Parameters<typeof fetch>[0], init: RequestInit | undefined) {
  const { hostname, pathname } = new URL(input instanceof Request ? input.url : input);
  const method = `${init?.method ?? 'GET'} ${/^\/v\d+\/([a-z_]+)/.exec(pathname)?.[1] ?? 'other'}`;
  return {
    name: `Stripe ${method}`,
    attributes: { 'rpc.system': 'stripe', 'rpc.method': method, 'server.address': hostname },
  };
}
