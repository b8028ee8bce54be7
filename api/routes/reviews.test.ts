// Decisions over the API, through the real saga: who may sign what, and every reason why not.

import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sessions } from '../../db/schema/index.ts';
import { system, type Role } from '../../domain/principal.ts';
import type { ReviewLevel } from '../../domain/review.ts';
import type { TestUser } from '../../tests/support/gateway.ts';
import {
  decide,
  sampleOf,
  startReviewingGateway,
  type Laboratory,
  type ReviewingGateway,
} from '../../tests/support/reviewing-gateway.ts';

let gateway: ReviewingGateway;
let laboratory: Laboratory;
beforeAll(async () => {
  gateway = await startReviewingGateway('reviews');
  laboratory = await gateway.laboratory();
});
afterAll(() => gateway?.close());

type Ref = readonly [string, string];
async function underReview(of = laboratory): Promise<Ref> {
  const { id, samples } = await gateway.delivery(of);
  return [id, samples[0] ?? ''];
}
const accept = async (who: TestUser, ref: Ref, level: ReviewLevel) => {
  expect(await decide(who, ref, level)).toMatchObject({ status: 200 });
};
const claim = (who: TestUser, [id, sample]: Ref, act: 'claim' | 'release' = 'claim') =>
  who.session('POST', `/deliveries/${id}/samples/${sample}/${act}`);
async function setRole(of: Laboratory, who: TestUser, role: Role): Promise<void> {
  const path = `/organization/members/${who.user.userId}`;
  expect((await of.admin.session('PUT', path, { body: { role } })).status).toBe(200);
}

const reject = { decision: 'reject', reason_code: 'low_quality' };
const other = '0'.repeat(64);

describe('before the first decision', () => {
  let ref: Ref;
  beforeAll(async () => {
    ref = await underReview();
  });

  it.for<[string, Role, ReviewLevel, Record<string, unknown>, number, string]>([
    ['of a member', 'member', 'technical', {}, 403, 'wrong_role'],
    ['of an administrator', 'admin', 'director', {}, 403, 'wrong_role'],
    ['in another role', 'licensed', 'technical', {}, 403, 'wrong_role'],
    ['of a director below', 'director', 'licensed', {}, 403, 'wrong_role'],
    ['two levels too early', 'director', 'director', {}, 409, 'wrong_level'],
    ['a level too early', 'licensed', 'licensed', {}, 409, 'wrong_level'],
    ['about another result', 'technical', 'technical', { result_checksum: other }, 409, 'result_changed'],
    ['to reject without a reason', 'technical', 'technical', { decision: 'reject' }, 422, 'reason_required'],
    [
      'to reject for another reason that is not told',
      'technical',
      'technical',
      { decision: 'reject', reason_code: 'other', then: 'withdraw' },
      422,
      'reason_required',
    ],
    ['to reject without what follows', 'technical', 'technical', reject, 422, 'then_required'],
    ['to return below the first level', 'technical', 'technical', { ...reject, then: 'return' }, 422, 'no_level_below'],
    [
      'to re-annotate against a genome that is not there',
      'technical',
      'technical',
      { ...reject, then: 'reannotate', reannotate: { genome: 'hg0' } },
      422,
      'genome_not_found',
    ],
    [
      'to re-annotate with nothing changed',
      'technical',
      'technical',
      { ...reject, then: 'reannotate' },
      422,
      'invalid_request',
    ],
    [
      'to re-annotate as it was annotated',
      'technical',
      'technical',
      { ...reject, then: 'reannotate', reannotate: { genome: 'demo', consequence_mode: 'auto' } },
      422,
      'invalid_request',
    ],
    ['with a checksum that is none', 'technical', 'technical', { result_checksum: 'abc' }, 422, 'invalid_request'],
    ['with a field that nobody knows', 'technical', 'technical', { quickly: true }, 422, 'invalid_request'],
    // What is looked at first.
    ['in another role, incomplete', 'licensed', 'technical', { decision: 'reject' }, 403, 'wrong_role'],
    ['too early, incomplete', 'licensed', 'licensed', { decision: 'reject' }, 422, 'reason_required'],
    ['too early, about another result', 'licensed', 'licensed', { result_checksum: other }, 409, 'wrong_level'],
  ])('a decision %s is refused', async ([, role, level, changes, status, type]) => {
    expect(await decide(laboratory[role], ref, level, changes)).toMatchObject({ status, error: { type } });
    const sample = await sampleOf(laboratory.member, ref);
    expect(sample).toMatchObject({ state: 'in_review', level: 'technical', decisions: [] });
  });
});

describe('a signature', () => {
  it('of an API key is none', async () => {
    const [id, sample] = await underReview();
    const key = await laboratory.technical.withKey();
    const body = { level: 'technical', decision: 'accept', result_checksum: other };
    const path = `/deliveries/${id}/samples/${sample}/decisions`;
    expect(await key('POST', path, { body })).toMatchObject({ status: 401, error: { type: 'sign_in_again' } });
  });

  it('needs a session that began with a recent sign-in: that is told before anything else', async () => {
    const ref = await underReview();
    const late = await gateway.colleague(laboratory, 'technical');
    const ageSession = (ageSeconds: number) =>
      gateway.database.write(system('test'), (tx) =>
        tx
          .update(sessions)
          .set({ authenticatedAt: new Date(Date.now() - ageSeconds * 1000) })
          .where(eq(sessions.userId, late.user.userId)),
      );
    await ageSession(901);
    expect(await decide(late, ref, 'technical')).toMatchObject({
      status: 401,
      error: { type: 'sign_in_again', details: { max_age_seconds: 900 } },
    });
    expect(await decide(late, ref, 'director', { decision: 'reject' })).toMatchObject({ status: 401 });
    const anywhere = '/deliveries/none/samples/none/decisions';
    expect((await late.session('POST', anywhere, { body: {} })).error?.type).toBe('sign_in_again');
    // Looking, and claiming, need none.
    expect((await claim(late, ref)).status).toBe(200);
    await ageSession(880);
    expect(await decide(late, ref, 'technical')).toMatchObject({ status: 200 });
  });

  it.for<[string, Record<string, number>, number]>([
    ['an old sign-in', { auth_time: -901 }, 401],
    ['a recent sign-in', { auth_time: -60 }, 200],
    // It may have been refreshed, long after its person signed in.
    ['no word of the sign-in', {}, 401],
  ])('with an access token of %s', async ([, offsets, status]) => {
    const [id, sample] = await underReview();
    const { user } = laboratory.technical;
    const now = Math.floor(Date.now() / 1000);
    const times = Object.fromEntries(Object.entries(offsets).map(([claimed, offset]) => [claimed, now + offset]));
    const aud = gateway.settings.OIDC_AUDIENCE;
    const token = await gateway.issuer.sign({ sub: user.subject, email: user.email, aud, ...times });
    const shown = await sampleOf(laboratory.technical, [id, sample]);
    const body = { level: 'technical', decision: 'accept', result_checksum: shown['result_checksum'] };
    const call = gateway.caller({ Authorization: `Bearer ${token}` });
    const answer = await call('POST', `/deliveries/${id}/samples/${sample}/decisions`, { body });
    expect(answer.status).toBe(status);
  });
});

describe('three people', () => {
  it('decide: nobody decides two levels, whatever their role has become', async () => {
    const here = await gateway.laboratory();
    const ref = await underReview(here);
    await accept(here.technical, ref, 'technical');
    await setRole(here, here.technical, 'licensed');
    const answer = await decide(here.technical, ref, 'licensed');
    expect(answer).toMatchObject({ status: 409, error: { type: 'same_person' } });
    expect((await here.technical.session('GET', '/reviews')).body['reviews']).toEqual([]);
    await accept(here.licensed, ref, 'licensed');
  });

  it('are who they are now: a role that was taken away counts at once', async () => {
    const here = await gateway.laboratory();
    const ref = await underReview(here);
    await accept(here.technical, ref, 'technical');
    await setRole(here, here.licensed, 'member');
    expect(await decide(here.licensed, ref, 'licensed')).toMatchObject({ status: 403, error: { type: 'wrong_role' } });
    await setRole(here, here.licensed, 'licensed');
    await accept(here.licensed, ref, 'licensed');
  });

  it('of two at the same moment one wins, and the other is told', async () => {
    const colleague = await gateway.colleague(laboratory, 'technical');
    const { id, samples } = await gateway.delivery(laboratory, 5);
    for (const sample of samples) {
      const both = [laboratory.technical, colleague].map((who) => decide(who, [id, sample], 'technical'));
      const answers = await Promise.all(both);
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 409]));
      expect(answers.find(({ status }) => status === 409)?.error?.type).toBe('already_decided');
      expect(await sampleOf(colleague, [id, sample])).toMatchObject({ level: 'licensed', decisions: [{}] });
    }
  });

  it('cannot decide what is decided', async () => {
    const ref = await underReview();
    await accept(laboratory.technical, ref, 'technical');
    const again = await decide(laboratory.technical, ref, 'technical');
    expect(again).toMatchObject({ status: 409, error: { type: 'already_decided' } });
    await accept(laboratory.licensed, ref, 'licensed');
    await accept(laboratory.director, ref, 'director');
    for (const level of ['technical', 'licensed', 'director'] as const) {
      expect(await decide(laboratory[level], ref, level)).toMatchObject({
        status: 409,
        error: { type: 'sample_closed' },
      });
    }
  });
});

describe('a reject', () => {
  it('returns the sample to the level below, which decides anew', async () => {
    const ref = await underReview();
    await accept(laboratory.technical, ref, 'technical');
    const back = await decide(laboratory.licensed, ref, 'licensed', { ...reject, then: 'return' });
    expect(back.body).toMatchObject({ state: 'in_review', level: 'technical' });
    await accept(laboratory.technical, ref, 'technical');
    await accept(laboratory.licensed, ref, 'licensed');
    const { decisions } = await sampleOf(laboratory.member, ref);
    expect(decisions).toMatchObject([{}, { decision: 'reject', then: 'return' }, {}, { level: 'licensed' }]);
  });

  it('has the sample annotated anew, and review begins afresh on the new result', async () => {
    const ref = await underReview();
    await accept(laboratory.technical, ref, 'technical');
    const before = await sampleOf(laboratory.member, ref);
    const again = { ...reject, then: 'reannotate', reannotate: { consequence_mode: 'local' } };
    expect((await decide(laboratory.licensed, ref, 'licensed', again)).body).toMatchObject({ state: 'reannotating' });
    await expect
      .poll(() => sampleOf(laboratory.member, ref), { interval: 50 })
      .toMatchObject({ state: 'in_review', level: 'technical', round: 2 });
    const after = await sampleOf(laboratory.member, ref);
    expect(after['result_checksum']).not.toBe(before['result_checksum']);
    expect(after['decisions']).toMatchObject([{ round: 1 }, { round: 1, checksum: before['result_checksum'] }]);
    const late = await decide(laboratory.technical, ref, 'technical', { result_checksum: before['result_checksum'] });
    expect(late).toMatchObject({
      status: 409,
      error: { type: 'result_changed', details: { result_checksum: after['result_checksum'] } },
    });
    const shown = await laboratory.technical.session('GET', `/deliveries/${ref[0]}/samples/${ref[1]}`);
    expect(shown.body).toMatchObject({ consequence_mode: 'local', round: 2 });
    await accept(laboratory.technical, ref, 'technical');
  });
});

describe('a claim', () => {
  it('keeps the others away until it is given back, and they are told by whom', async () => {
    const ref = await underReview();
    const colleague = await gateway.colleague(laboratory, 'technical');
    const mine = await claim(laboratory.technical, ref);
    const { userId } = laboratory.technical.user;
    expect(mine).toMatchObject({ status: 200, body: { sample_id: ref[1], claimed_by: userId } });
    expect((await claim(laboratory.technical, ref)).status).toBe(200);
    const taken = { status: 409, error: { type: 'claimed', details: { claimed_by: userId } } };
    expect(await claim(colleague, ref)).toMatchObject(taken);
    expect(await claim(colleague, ref, 'release')).toMatchObject(taken);
    expect(await decide(colleague, ref, 'technical')).toMatchObject(taken);
    expect((await claim(laboratory.technical, ref, 'release')).body).toMatchObject({ claimed_by: null });
    expect((await claim(colleague, ref)).status).toBe(200);
    await accept(colleague, ref, 'technical');
    // The next level is free again.
    expect(await sampleOf(colleague, ref)).not.toHaveProperty('claimed_by');
  });

  it('is shown with its end, and a director may give it back for who is away', async () => {
    const ref = await underReview();
    const before = Date.now();
    expect((await claim(laboratory.technical, ref)).status).toBe(200);
    const until = Date.parse(String((await sampleOf(laboratory.member, ref))['claimed_until']));
    expect(until - before).toBeGreaterThan(8 * 3600 * 1000 - 60_000);
    expect((await claim(laboratory.licensed, ref, 'release')).status).toBe(409);
    expect(await claim(laboratory.director, ref, 'release')).toMatchObject({ status: 200, body: { claimed_by: null } });
    expect(await sampleOf(laboratory.member, ref)).not.toHaveProperty('claimed_until');
    const { body } = await laboratory.admin.session('GET', `/audit?entity=sample/${ref[1]}&limit=1`);
    expect(body['entries']).toMatchObject([
      { action: 'sample.unclaimed', details: { claimed_by: laboratory.technical.user.userId } },
    ]);
    await accept(await gateway.colleague(laboratory, 'technical'), ref, 'technical');
  });

  it('ends with the role of its claimer', async () => {
    const ref = await underReview();
    const colleague = await gateway.colleague(laboratory, 'technical');
    expect((await claim(colleague, ref)).status).toBe(200);
    const path = `/organization/members/${colleague.user.userId}`;
    expect((await laboratory.admin.session('PUT', path, { body: { role: 'member' } })).status).toBe(200);
    expect((await claim(laboratory.technical, ref)).status).toBe(200);
  });

  it('is for those who may decide at the level', async () => {
    const ref = await underReview();
    for (const who of [laboratory.member, laboratory.admin, laboratory.licensed, laboratory.director]) {
      expect(await claim(who, ref)).toMatchObject({ status: 403, error: { type: 'wrong_role' } });
    }
    const key = await laboratory.technical.withKey();
    expect((await key('POST', `/deliveries/${ref[0]}/samples/${ref[1]}/claim`)).status).toBe(403);
  });
});
