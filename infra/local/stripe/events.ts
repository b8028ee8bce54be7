// Events as the API shows them, and Stripe's test clocks.
import { z } from 'zod';
import { endpoint, existing, list, listing, nothing, retrieval } from './endpoint.ts';
import { invalidRequest } from './errors.ts';
import { integer, listOf, text } from './form.ts';
import { newId } from './stored.ts';

const query = listOf({ type: text.optional(), types: z.array(text).max(20).optional() });
const clockCreation = z.strictObject({ frozen_time: integer, name: text.optional() });

const TWO_YEARS_SECONDS = 2 * 365 * 24 * 3600;
const KEPT_SECONDS = 30 * 24 * 3600;

export const eventEndpoints = [
  endpoint('get', '/v1/events', query, ({ store }, { type, types, limit, created, ...cursors }) => {
    const { starting_after: startingAfter, ending_before: endingBefore } = cursors;
    const page = { where: { type }, created, startingAfter, endingBefore, limit: types ? 1_000_000 : limit };
    const found = store.list('event', page);
    const data = types ? found.data.filter((event) => types.includes(event.type)) : found.data;
    return list('/v1/events', data.slice(0, limit), found.hasMore || data.length > limit);
  }),
  retrieval('event', '/v1/events'),
];

const path = '/v1/test_helpers/test_clocks';

export const testClockEndpoints = [
  endpoint('post', path, clockCreation, (sandbox, given) =>
    sandbox.insert(
      'test_helpers.test_clock',
      {
        id: newId('test_helpers.test_clock'),
        object: 'test_helpers.test_clock',
        created: sandbox.clock.now(),
        deletes_after: sandbox.clock.now() + KEPT_SECONDS,
        frozen_time: given.frozen_time,
        livemode: false,
        name: given.name ?? null,
        status: 'ready',
        status_details: {},
      },
      'test_helpers.test_clock.created',
    ),
  ),
  listing('test_helpers.test_clock', path),
  retrieval('test_helpers.test_clock', path, 'test clock'),
  endpoint('post', `${path}/:id/advance`, z.strictObject({ frozen_time: integer }), (sandbox, given, id) => {
    const { frozen_time: before } = existing(sandbox, 'test_helpers.test_clock', id, 'test clock');
    if (given.frozen_time <= before || given.frozen_time > before + TWO_YEARS_SECONDS) {
      throw invalidRequest('A test clock moves forward, by two years at most', { param: 'frozen_time' });
    }
    sandbox.clock.advanceTestClock(id, given.frozen_time);
    const advanced = sandbox.store.need('test_helpers.test_clock', id);
    sandbox.tell('test_helpers.test_clock.ready', advanced);
    return advanced;
  }),
  endpoint('delete', `${path}/:id`, nothing, (sandbox, _, id) => {
    existing(sandbox, 'test_helpers.test_clock', id, 'test clock');
    if (sandbox.store.all('customer', { test_clock: id }).length > 0) {
      throw invalidRequest('The sandbox keeps the test clocks of its customers');
    }
    sandbox.store.remove(id);
    return { id, object: 'test_helpers.test_clock', deleted: true };
  }),
];
