// What waits for a reviewer: theirs to decide, the longest first, and nothing else.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TestUser } from '../../tests/support/gateway.ts';
import {
  decide,
  sampleOf,
  startReviewingGateway,
  type Laboratory,
  type ReviewingGateway,
} from '../../tests/support/reviewing-gateway.ts';
import type { ReviewLevel } from '../../domain/review.ts';

let gateway: ReviewingGateway;
beforeAll(async () => {
  gateway = await startReviewingGateway('waiting');
});
afterAll(() => gateway?.close());

const accept = async (who: TestUser, ref: readonly [string, string], level: ReviewLevel) => {
  expect(await decide(who, ref, level)).toMatchObject({ status: 200 });
};

describe('what waits', () => {
  let here: Laboratory;
  beforeEach(async () => {
    here = await gateway.laboratory();
  });
  const waiting = async (who: TestUser, query = '') =>
    (await who.session('GET', `/reviews${query}`)).body as { reviews: Record<string, unknown>[]; next: string | null };

  it('is shown to those who decide next, with when it is due', async () => {
    const { id, samples } = await gateway.delivery(here);
    const ref = [id, samples[0] ?? ''] as const;
    for (const who of [here.licensed, here.director, here.admin, here.member]) {
      expect((await waiting(who)).reviews).toEqual([]);
    }
    const shown = await sampleOf(here.member, ref);
    const since = String(shown['since']);
    const due_at = new Date(Date.parse(since) + 259_200_000).toISOString();
    const { result_checksum } = shown;
    const [delivery_id, sample_id] = ref;
    expect(await waiting(here.technical)).toMatchObject({
      reviews: [{ delivery_id, sample_id, level: 'technical', result_checksum, since, due_at }],
      next: null,
    });
    await here.technical.session('POST', `/deliveries/${delivery_id}/samples/${sample_id}/claim`);
    expect((await waiting(here.technical)).reviews).toMatchObject([{ claimed_by: here.technical.user.userId }]);
    await accept(here.technical, ref, 'technical');
    expect((await waiting(here.technical)).reviews).toEqual([]);
    expect((await waiting(here.licensed)).reviews).toMatchObject([{ sample_id, level: 'licensed' }]);
    await here.director.session('POST', `/deliveries/${delivery_id}/recall`);
    expect((await waiting(here.licensed)).reviews).toEqual([]);
  });

  it('is listed page by page, the longest first, the levels of a delegate together', async () => {
    const { id, samples } = await gateway.delivery(here, 4);
    const inTheirStead = await gateway.colleague(here, 'technical');
    const times = { starts_at: new Date(Date.now() - 1000), ends_at: new Date(Date.now() + 60_000) };
    const body = { delegate_id: inTheirStead.user.userId, ...times };
    expect((await here.licensed.session('POST', '/delegations', { body })).status).toBe(201);
    const [first = '', second = ''] = samples;
    await accept(here.technical, [id, first], 'technical');
    // What they decided at another level is not for them.
    await accept(inTheirStead, [id, second], 'technical');
    const seen = [];
    let next: string | null = null;
    do {
      const page = await waiting(inTheirStead, `?limit=1${next === null ? '' : `&cursor=${next}`}`);
      seen.push(...page.reviews.map((one) => [one['sample_id'], one['level']]));
      next = page.next;
    } while (next !== null);
    expect(seen).toEqual([
      [samples[2], 'technical'],
      [samples[3], 'technical'],
      [first, 'licensed'],
    ]);
    expect((await inTheirStead.session('GET', '/reviews?cursor=nonsense')).status).toBe(422);
  });
});
