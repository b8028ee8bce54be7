// What a partner learns of our traces: where it is in one, by ids that are random, and nothing else.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { createWebhookAddresses } from '../../process/webhook-address.ts';
import { collectSpans, type CollectedSpans } from '../../tests/support/collected-spans.ts';
import { startReceiver, type Receiver } from '../../tests/support/receiver.ts';
import { post } from './transport.ts';

let receiver: Receiver;
let collected: CollectedSpans;
beforeAll(async () => {
  receiver = await startReceiver();
  collected = collectSpans();
});
afterAll(() => receiver.stop());

const send = () => {
  const host = `127.0.0.1:${receiver.port}`;
  const request = {
    url: `http://${host}/hooks?key=secret`,
    body: '{}',
    headers: { 'content-type': 'application/json' },
  };
  return post(request, { addresses: createWebhookAddresses([host]), timeoutMs: 10_000 });
};

it('the span of the sending is the parent of what the receiver does', async () => {
  await collected.within('activity', send);
  const [webhook, activity] = await collected.spans();
  const { traceId, spanId } = webhook?.spanContext() ?? {};
  expect(webhook).toMatchObject({ name: 'Webhook POST', parentSpanId: activity?.spanContext().spanId });
  expect(webhook?.attributes).toEqual({ 'rpc.system': 'webhook', 'http.response.status_code': 204 });
  const [request] = receiver.received;
  expect(request?.headers['traceparent']).toBe(`00-${traceId}-${spanId}-01`);
  expect(Object.keys(request?.headers ?? {})).not.toEqual(expect.arrayContaining(['tracestate', 'baggage']));
});

it('untraced, it is sent as it is', async () => {
  await send();
  expect(receiver.received.at(-1)?.headers).not.toHaveProperty('traceparent');
});
