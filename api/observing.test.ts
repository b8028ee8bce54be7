// The span of a request: whose child it is, and that strangers do not say whether it is kept.

import { Hono } from 'hono';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { createLogger } from '../process/main.ts';
import { collectSpans, type CollectedSpans } from '../tests/support/collected-spans.ts';
import { observeRequests } from './observing.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

let collected: CollectedSpans;
beforeAll(() => {
  collected = collectSpans();
});
afterEach(() => collected.clear());

async function spansOf(acceptsParent: boolean, headers: Record<string, string>) {
  const app = new Hono();
  const observing = { acceptsParent, principalOf: () => undefined };
  app.use(observeRequests(createLogger('test', 'silent'), observing)).get('/me', (c) => c.text('me'));
  expect(await (await app.request('/me', { headers })).text()).toBe('me');
  return collected.spans();
}

it.for(['01', '00'])('of a trace that a stranger names (flags %s) nothing is taken', async (flags) => {
  const [span, ...more] = await spansOf(false, { traceparent: `00-${TRACE}-${SPAN}-${flags}` });
  expect(more).toEqual([]);
  expect(span?.name).toBe('GET /me');
  expect(span?.parentSpanId).toBeUndefined();
  expect(span?.spanContext().traceId).not.toBe(TRACE);
  expect(span?.links).toEqual([]);
});

it('where the operator says so, a request continues the trace of its caller, and is kept if that is', async () => {
  const [span] = await spansOf(true, { traceparent: `00-${TRACE}-${SPAN}-01`, tracestate: 'who=jane' });
  expect([span?.spanContext().traceId, span?.parentSpanId]).toEqual([TRACE, SPAN]);
  expect(span?.spanContext().traceState?.serialize() ?? '').toBe('');
  await collected.clear();
  expect(await spansOf(true, { traceparent: `00-${TRACE}-${SPAN}-00` })).toEqual([]);
});
