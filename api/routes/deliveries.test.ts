// A delivery over the API, through the real sagas: from the samples to the partner, and what forbids each act.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { REVIEW_LEVELS } from '../../domain/review.ts';
import {
  decide,
  sampleOf,
  startReviewingGateway,
  type Laboratory,
  type ReviewingGateway,
} from '../../tests/support/reviewing-gateway.ts';
import type { TestUser } from '../../tests/support/gateway.ts';
import { SUMMARY } from '../../tests/support/gateway-steps.ts';

let gateway: ReviewingGateway;
let laboratory: Laboratory;
beforeAll(async () => {
  gateway = await startReviewingGateway('deliveries');
  laboratory = await gateway.laboratory();
});
afterAll(() => gateway?.close());

const stateOf = async (who: TestUser, id: string) => (await who.session('GET', `/deliveries/${id}`)).body['state'];
const becomes = (id: string, state: string) =>
  expect.poll(() => stateOf(laboratory.member, id), { interval: 50 }).toBe(state);
const direct = (who: TestUser, id: string, act: 'release' | 'recall') =>
  who.session('POST', `/deliveries/${id}/${act}`);

async function accepted(id: string, sample: string): Promise<void> {
  for (const level of REVIEW_LEVELS) {
    const answer = await decide(laboratory[level], [id, sample], level);
    expect(answer.body).toMatchObject({ code: 200, status: 'success', sample_id: sample });
  }
}
async function mailsTo(address: string): Promise<{ subject: string; text: string }[]> {
  type Mail = { subject: string; text: string; to: { address: string }[] };
  const all = (await (await fetch(inject('mail').api)).json()) as Mail[];
  return all.filter(({ to }) => to.some((one) => one.address === address));
}

describe('the whole way', () => {
  it('is three people, a director who releases, and a partner who acknowledges', async () => {
    const { id, samples } = await gateway.delivery(laboratory, 2);
    const [first = '', second = ''] = samples;
    const before = (await laboratory.member.session('GET', `/deliveries/${id}`)).body;
    expect(before).toMatchObject({
      delivery_id: id,
      partner_id: laboratory.partnerId,
      state: 'in_review',
      sample_counts: { in_review: 2, accepted: 0, reannotating: 0, withdrawn: 0 },
      samples: [
        { sample_id: first, state: 'in_review', level: 'technical', round: 1, decisions: [] },
        { sample_id: second },
      ],
      next: null,
    });
    await accepted(id, first);
    expect(await stateOf(laboratory.member, id)).toBe('in_review');
    expect(await direct(laboratory.director, id, 'release')).toMatchObject({
      status: 409,
      error: { type: 'wrong_state', details: { state: 'in_review' } },
    });
    const reject = { decision: 'reject', reason_code: 'low_quality', comment: 'Coverage is poor.', then: 'withdraw' };
    const rejected = await decide(laboratory.technical, [id, second], 'technical', reject);
    expect(rejected.body).toMatchObject({ sample_id: second, state: 'withdrawn' });

    await becomes(id, 'ready');
    const [one, other] = await Promise.all([first, second].map((sample) => sampleOf(laboratory.member, [id, sample])));
    const checksum = one?.['result_checksum'];
    expect(one).toMatchObject({
      state: 'accepted',
      decisions: REVIEW_LEVELS.map((level, index) => ({
        level,
        decision: 'accept',
        by: laboratory[level].user.userId,
        by_name: `The ${level}`,
        role: level,
        meaning: ['reviewed', 'approved', 'responsible'][index],
        checksum,
        round: 1,
      })),
    });
    expect(other).toMatchObject({
      decisions: [{ reason_code: 'low_quality', comment: 'Coverage is poor.', then: 'withdraw' }],
    });
    await expect
      .poll(() => mailsTo(laboratory.director.user.email))
      .toMatchObject([
        { subject: 'A delivery is ready to be released', text: expect.stringContaining(`/deliveries/${id}`) },
      ]);

    for (const who of [laboratory.licensed, laboratory.admin, laboratory.member]) {
      expect(await direct(who, id, 'release')).toMatchObject({ status: 403, error: { type: 'wrong_role' } });
    }
    const released = await direct(laboratory.director, id, 'release');
    expect(released).toMatchObject({ status: 200, body: { delivery_id: id, state: 'releasing' } });
    await becomes(id, 'released');
    expect(await mailsTo(laboratory.partnerEmail)).toMatchObject([{ subject: 'A delivery is ready for you' }]);
    expect(await direct(laboratory.director, id, 'recall')).toMatchObject({
      status: 409,
      error: { type: 'wrong_state', details: { state: 'released' } },
    });

    const partner = gateway.caller({ Authorization: `Bearer ${laboratory.partnerToken}` });
    expect((await partner('GET', '/partner/v1/deliveries')).body).toMatchObject({ deliveries: [{ delivery_id: id }] });
    expect((await partner('POST', `/partner/v1/deliveries/${id}/acknowledge`)).status).toBe(200);
    expect(await stateOf(laboratory.member, id)).toBe('acknowledged');
    expect((await laboratory.member.session('GET', `/deliveries/${id}`)).body).toMatchObject({
      ready_at: expect.any(String),
      released_at: expect.any(String),
      acknowledged_at: expect.any(String),
    });
    for (const act of ['release', 'recall'] as const) {
      expect(await direct(laboratory.director, id, act)).toMatchObject({
        status: 409,
        error: { type: 'wrong_state', details: { state: 'acknowledged' } },
      });
    }

    // What the saga does is nobody's act, least of all that of the member who began it.
    const log = await laboratory.admin.session('GET', `/audit?entity=delivery/${id}&limit=50`);
    const entries = log.body['entries'] as { action: string; actor: string; details: Record<string, unknown> }[];
    const [member, director] = [laboratory.member.user.userId, laboratory.director.user.userId];
    expect(Object.fromEntries(entries.map(({ action, actor }) => [action, actor]))).toMatchObject({
      'delivery.created': `user:${member}`,
      'delivery.ready': 'system:delivery-review',
      'delivery.reviewer_notified': 'system:delivery-review',
      'delivery.release_begun': `user:${director}`,
      'delivery.partner_mailed': 'system:delivery-review',
      'delivery.released': 'system:delivery-review',
      'delivery.acknowledged': `partner:${laboratory.partnerId}`,
    });
    const asked = { created_by: member, released_by: director };
    expect(entries.find(({ action }) => action === 'delivery.released')?.details).toEqual(asked);
  });

  it('ends closed when no sample is to be delivered', async () => {
    const { id, samples } = await gateway.delivery(laboratory);
    const reject = { decision: 'reject', reason_code: 'consent_withdrawn', then: 'withdraw' };
    const answer = await decide(laboratory.technical, [id, samples[0] ?? ''], 'technical', reject);
    expect(answer).toMatchObject({ status: 200, body: { state: 'withdrawn' } });
    await becomes(id, 'closed');
  });
});

describe('a recall', () => {
  it('ends the reviews at once, frees the samples, and is answered the same again', async () => {
    const { id, samples } = await gateway.delivery(laboratory);
    const [sample = ''] = samples;
    expect(await direct(laboratory.member, id, 'recall')).toMatchObject({ status: 403, error: { type: 'wrong_role' } });
    expect(await direct(laboratory.director, id, 'recall')).toMatchObject({ status: 200, body: { state: 'recalled' } });
    expect(await direct(laboratory.director, id, 'recall')).toMatchObject({ status: 200, body: { state: 'recalled' } });
    expect(await decide(laboratory.technical, [id, sample], 'technical')).toMatchObject({
      status: 409,
      error: { type: 'sample_closed' },
    });
    // In another delivery at once, and decided there at once.
    const body = { partner_id: laboratory.partnerId, sample_ids: [sample] };
    const again = await laboratory.member.session('POST', '/deliveries', { body });
    expect(again.status).toBe(201);
    const second = String(again.body['delivery_id']);
    expect(await decide(laboratory.technical, [second, sample], 'technical')).toMatchObject({
      status: 200,
      body: { state: 'in_review', level: 'licensed' },
    });
  });
});

describe('a new delivery', () => {
  it.for<[string, (of: { partner: string; sample: string }) => Record<string, unknown>, number, string]>([
    ['an unknown partner', ({ sample }) => ({ partner_id: randomUUID(), sample_ids: [sample] }), 404, 'not_found'],
    ['an unknown sample', ({ partner }) => ({ partner_id: partner, sample_ids: [randomUUID()] }), 404, 'not_found'],
    ['no sample', ({ partner }) => ({ partner_id: partner, sample_ids: [] }), 422, 'invalid_request'],
    [
      'a sample twice',
      ({ partner, sample }) => ({ partner_id: partner, sample_ids: [sample, sample.toUpperCase()] }),
      422,
      'invalid_request',
    ],
    [
      'too many samples',
      ({ partner }) => ({ partner_id: partner, sample_ids: Array.from({ length: 10_001 }, () => randomUUID()) }),
      422,
      'invalid_request',
    ],
    [
      'a field that nobody knows',
      ({ partner, sample }) => ({ partner_id: partner, sample_ids: [sample], hurry: true }),
      422,
      'invalid_request',
    ],
  ])('is refused with %s', async ([, bodyOf, status, type]) => {
    const body = bodyOf({ partner: laboratory.partnerId, sample: await gateway.sample(laboratory) });
    expect(await laboratory.member.session('POST', '/deliveries', { body })).toMatchObject({ status, error: { type } });
  });

  it('is refused with a sample of another open delivery, which is named', async () => {
    const { id, samples } = await gateway.delivery(laboratory);
    const body = { partner_id: laboratory.partnerId, sample_ids: samples };
    expect(await laboratory.member.session('POST', '/deliveries', { body })).toMatchObject({
      status: 409,
      error: { type: 'sample_in_delivery', details: { sample_id: samples[0], delivery_id: id } },
    });
  });

  it('holds the results of its samples: nobody erases them', async () => {
    await gateway.delivery(laboratory);
    expect(await laboratory.member.token('DELETE', `/annotations/${laboratory.jobId}/data`)).toMatchObject({
      status: 409,
      error: { type: 'held' },
    });
  });
});

it('a sample under review is shown to reviewers with its results, and each look is recorded', async () => {
  const { id, samples } = await gateway.delivery(laboratory);
  const path = `/deliveries/${id}/samples/${samples[0]}`;
  const { status, body } = await laboratory.licensed.session('GET', path);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    delivery_id: id,
    delivery_state: 'in_review',
    sample_id: samples[0],
    barcode: expect.stringMatching(/^B-/),
    genome: 'demo',
    consequence_mode: 'auto',
    // What its owner called the file may name a patient.
    log: expect.stringMatching(/^Input +\(its owner.+\)\n3 records in, 3 records out\n$/),
    summary: SUMMARY,
    decisions: [],
  });
  // The shape was just asserted for the most part.
  const links = body['links'] as Record<string, { url: string }>;
  expect(await (await fetch(links['result']?.url ?? '')).text()).toBe(`annotated ${laboratory.jobId}`);
  const { pathname } = new URL(links['log']?.url ?? '');
  const log = await gateway.app.request(pathname, { headers: laboratory.licensed.headers.session });
  expect(await log.text()).toBe(body['log']);
  expect(log.headers.get('Content-Disposition')).toBe(`attachment; filename="${samples[0]}.annotation.log"`);
  expect(await (await fetch(links['provenance']?.url ?? '')).json()).toEqual({ engine: 'a stand-in' });
  // The owner's name of the file is not for everybody.
  expect(JSON.stringify(body)).not.toContain('sample.vcf');

  const audit = await laboratory.admin.session('GET', `/audit?entity=sample/${samples[0]}`);
  expect(audit.body['entries']).toMatchObject([
    { action: 'sample.viewed', actor: `user:${laboratory.licensed.user.userId}`, details: { delivery: id } },
    { action: 'sample.viewed', actor: `user:${laboratory.licensed.user.userId}`, details: { delivery: id } },
    { action: 'sample.created' },
  ]);
});

describe('lists', () => {
  it('page through deliveries, newest first, and by their state', async () => {
    const here = await gateway.laboratory();
    const ids = [];
    for (let count = 0; count < 3; count++) ids.push((await gateway.delivery(here)).id);
    await direct(here.director, ids[1] ?? '', 'recall');
    const seen = [];
    let cursor = '';
    do {
      const { body } = await here.member.session('GET', `/deliveries?limit=2${cursor}`);
      const page = body as { deliveries?: { delivery_id: string }[]; next?: string | null };
      seen.push(...(page.deliveries ?? []).map((one) => one.delivery_id));
      cursor = page.next ? `&cursor=${page.next}` : '';
    } while (cursor !== '');
    expect(seen).toEqual(ids.toReversed());
    const recalled = await here.member.session('GET', '/deliveries?state=recalled');
    expect(recalled.body).toMatchObject({ deliveries: [{ delivery_id: ids[1], state: 'recalled' }], next: null });
    expect((await here.member.session('GET', '/deliveries?state=lost')).status).toBe(422);
    expect((await here.member.session('GET', '/deliveries?cursor=nonsense')).status).toBe(422);
  });

  it('page through the samples of a delivery', async () => {
    const { id, samples } = await gateway.delivery(laboratory, 5);
    const seen = [];
    let cursor = '';
    do {
      const { body } = await laboratory.member.session('GET', `/deliveries/${id}?limit=2${cursor}`);
      const page = body as { samples?: { sample_id: string }[]; next?: string | null };
      seen.push(...(page.samples ?? []).map((one) => one.sample_id));
      cursor = page.next ? `&sample_cursor=${page.next}` : '';
    } while (cursor !== '');
    expect(seen).toEqual(samples);
    expect((await laboratory.member.session('GET', `/deliveries/${id}?sample_cursor=nonsense`)).status).toBe(422);
  });
});
