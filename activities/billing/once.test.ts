// Idempotency keys that are spent. Against a small server: no sandbox keeps the answer of an internal error, as Stripe does.

import { createServer, type Server } from 'node:http';
import { once as event } from 'node:events';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterEach, expect, it } from 'vitest';
import { createBillingActivities } from './activities.ts';
import { createStripe } from './stripe.ts';
import { userId } from '../../domain/ids.ts';

interface Answer {
  status: number;
  body: object;
  headers?: Record<string, string>;
}

let server: Server | undefined;
afterEach(async () => {
  server?.close();
  await (server && event(server, 'close'));
  server = undefined;
});

async function billingAt(answer: (request: { path: string; key: string | undefined }) => Answer) {
  const asked: string[] = [];
  server = createServer((request, response) => {
    const key = request.headers['idempotency-key']?.toString();
    const path = `${request.method} ${request.url?.split('?')[0]}`;
    asked.push(`${path} ${key ?? ''}`.trim());
    const { status, body, headers } = answer({ path, key });
    response.writeHead(status, { 'content-type': 'application/json', connection: 'close', ...headers });
    response.end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await event(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('there is no port');
  const activities = createBillingActivities({
    stripe: createStripe({ apiKey: 'sk_test_1', endpoint: `http://127.0.0.1:${address.port}` }),
    publicUrl: 'https://varloom.test',
    checkoutExpirySeconds: 3600,
    contact: async () => ({ email: 'ada@varloom.test', name: null }),
  });
  const environment = new MockActivityEnvironment(undefined, { logger: new DefaultLogger('ERROR') });
  const portal = () => environment.run(activities['billing.portal.open'], { customerId: 'cus_1', act: 'a' });
  const checkout = () =>
    environment.run(activities['billing.checkout.open'], {
      userId: userId('00000000-0000-4000-8000-000000000001'),
      customerId: 'cus_1',
      act: 'a',
    });
  return { asked, portal, checkout };
}

const internalError = { error: { type: 'api_error', message: 'Oops.' } };
const made = { status: 200, body: { id: 'bps_1', url: 'https://pay.test/portal' } };

it('an internal error that is replayed is left behind with its key', async () => {
  const replayed = { 'idempotent-replayed': 'true', 'stripe-should-retry': 'false' };
  const { asked, portal } = await billingAt(({ key }) =>
    key?.endsWith('/2') ? made : { status: 500, body: internalError, headers: replayed },
  );
  expect(await portal()).toEqual({ url: 'https://pay.test/portal' });
  const path = 'POST /v1/billing_portal/sessions portal/cus_1/a';
  expect(asked).toEqual([path, `${path}/2`]);
});

it('one that is new keeps its key: nobody knows yet what became of the act', async () => {
  const headers = { 'stripe-should-retry': 'false' };
  const { asked, portal } = await billingAt(() => ({ status: 500, body: internalError, headers }));
  await expect(portal()).rejects.toThrow('answered 500');
  expect(asked).toEqual(['POST /v1/billing_portal/sessions portal/cus_1/a']);
});

it('a key that was used with other parameters is left behind', async () => {
  const body = { error: { type: 'idempotency_error', message: 'Keys for idempotent requests can only be used once.' } };
  const { portal } = await billingAt(({ key }) => (key?.endsWith('/3') ? made : { status: 400, body }));
  expect(await portal()).toEqual({ url: 'https://pay.test/portal' });
});

it('keys are not tried without end', async () => {
  const headers = { 'idempotent-replayed': 'true', 'stripe-should-retry': 'false' };
  const { asked, portal } = await billingAt(() => ({ status: 500, body: internalError, headers }));
  await expect(portal()).rejects.toMatchObject({ name: 'PaymentServiceFailed' });
  expect(asked).toHaveLength(5);
});

it('no price under the lookup key is the operator’s to make', async () => {
  const { checkout } = await billingAt(() => ({ status: 200, body: { object: 'list', data: [], has_more: false } }));
  await expect(checkout()).rejects.toMatchObject({ type: 'billing_not_configured', nonRetryable: true });
});
