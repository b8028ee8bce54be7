// What the store of record must answer to the sagas of the delivery review: run against Postgres and against the model
// in memory. Every function may be called twice, and answers the same.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeliveryMove, Reviewer, ReviewRef, SignedDecision } from '../../activities/records/review.ts';
import { jobId, type DeliveryId, type JobId, type SampleId } from '../../domain/ids.ts';
import { REVIEW_LEVELS, type DeliveryState, type ReviewLevel } from '../../domain/review.ts';
import { inMemory, inPostgres, SETTINGS, type ReviewSubject } from './review-records-subjects.ts';

const CHECKSUM = 'ab'.repeat(32);
const ANOTHER_CHECKSUM = 'cd'.repeat(32);

describe.for([
  ['the model in memory', inMemory],
  ['Postgres', inPostgres],
] as const)('%s', ([, create]) => {
  let subject: ReviewSubject;
  /** One for each level, and somebody who has no role. */
  let by: Record<ReviewLevel | 'member', Reviewer>;
  beforeAll(async () => {
    subject = await create();
    by = {
      technical: await subject.addMember('technical'),
      licensed: await subject.addMember('licensed'),
      director: await subject.addMember('director'),
      member: await subject.addMember('member'),
    };
  });
  afterAll(() => subject.close());

  /** Calls twice, as a workflow task that is run again does; both must answer the same. */
  async function twice<T>(call: () => Promise<T>): Promise<T> {
    const first = await call();
    expect(await call()).toEqual(first);
    return first;
  }

  /** The type of the failure; an activity's is not tried again. */
  const refusal = (call: Promise<unknown>): Promise<unknown> =>
    call.then(
      () => 'not refused',
      (error: unknown) => (error instanceof Error && 'type' in error ? error.type : error),
    );

  const complete = async (id: JobId, sha256 = CHECKSUM) => {
    await subject.records['records.job.start']({ jobId: id });
    const result = { prefix: `${id}/1`, sizeBytes: 7, sha256, records: 3 };
    await subject.records['records.job.complete']({ jobId: id, result });
  };

  const live = async (owner = by.member): Promise<JobId> => {
    const id = await subject.submit(owner);
    await complete(id);
    return id;
  };

  const sampled = async (owner = by.member) => subject.addSample(owner, await live(owner));

  const inReview = async (
    count = 1,
    endpoints = 0,
  ): Promise<{ delivery: DeliveryId; refs: [ReviewRef, ...ReviewRef[]] }> => {
    const ids: SampleId[] = [];
    for (let index = 0; index < count; index++) ids.push(await sampled());
    const delivery = await subject.addDelivery(by.member, ids, endpoints);
    const [first, ...rest] = ids.map((sample) => ({ delivery, sample }));
    if (!first) throw new Error('a delivery of nothing');
    return { delivery, refs: [first, ...rest] };
  };

  const one = async () => (await inReview()).refs[0];

  const signed = (level: ReviewLevel, rest: Partial<SignedDecision> = {}): SignedDecision => ({
    decisionId: randomUUID(),
    level,
    decision: 'accept',
    resultChecksum: CHECKSUM,
    authenticatedAt: new Date().toISOString(),
    ...rest,
  });

  const write = (ref: ReviewRef, reviewer: Reviewer, decision: SignedDecision) =>
    subject.records['records.decision.write']({ ...ref, reviewer, signed: decision });
  const accept = (ref: ReviewRef, level: ReviewLevel, reviewer = by[level]) => write(ref, reviewer, signed(level));
  const reject = (ref: ReviewRef, level: ReviewLevel, rest: Partial<SignedDecision>) =>
    write(ref, by[level], signed(level, { decision: 'reject', reasonCode: 'low_quality', ...rest }));
  const acceptUpTo = async (ref: ReviewRef, last: ReviewLevel) => {
    for (const level of REVIEW_LEVELS.slice(0, REVIEW_LEVELS.indexOf(last) + 1)) await accept(ref, level);
  };
  const find = (ref: ReviewRef) => subject.records['records.review.find'](ref);
  const claim = (ref: ReviewRef, reviewer: Reviewer, act: 'claim' | 'release' = 'claim') =>
    subject.records['records.review.claim']({ ...ref, reviewer, act });
  const move = (delivery: DeliveryId, name: DeliveryMove, failure?: string) =>
    subject.records['records.delivery.move']({ delivery, move: name, ...(failure ? { failure } : {}) });
  const settle = (delivery: DeliveryId) => subject.records['records.delivery.settle']({ delivery });
  const direct = (delivery: DeliveryId, act: 'release' | 'recall', director = by.director) =>
    subject.records['records.delivery.direct']({ delivery, director, act });

  describe('a review', () => {
    it('begins at the first level, with nobody having decided', async () => {
      const found = await twice(async () => find(await one()).then((found) => ({ ...found, since: null })));
      expect(found).toEqual({
        since: null,
        review: { state: 'in_review', level: 'technical', decidedBy: {} },
        round: 1,
        pendingJob: null,
        isLast: false,
        deliveryState: 'in_review',
        organizationId: expect.any(String),
        reminderSeconds: SETTINGS.reminderSeconds,
        escalationSeconds: SETTINGS.escalationSeconds,
      });
    });

    it('waits since the last decision', async () => {
      const ref = await one();
      const before = await find(ref);
      const after = await accept(ref, 'technical');
      expect(Date.parse(after.since)).toBeGreaterThan(Date.parse(before.since) - 1);
      expect((await find(ref)).since).toBe(after.since);
    });

    it('is accepted by all three, and is then the last of its delivery', async () => {
      const { delivery, refs } = await inReview(2);
      const [first, second] = refs;
      if (!second) throw new Error('no second sample');
      await acceptUpTo(first, 'director');
      expect(await find(first)).toMatchObject({ review: { state: 'accepted' }, isLast: false });
      await accept(second, 'technical');
      expect(await accept(second, 'licensed')).toMatchObject({
        review: {
          state: 'in_review',
          level: 'director',
          decidedBy: { technical: [by.technical.userId], licensed: [by.licensed.userId] },
        },
        isLast: false,
      });
      expect(await accept(second, 'director')).toMatchObject({ review: { state: 'accepted' }, isLast: true });
      expect((await find(first)).isLast).toBe(true);
      const seen = await subject.look(first);
      expect(seen.decisions).toEqual(
        REVIEW_LEVELS.map((level) => ({
          level,
          decision: 'accept',
          userId: by[level].userId,
          onBehalfOf: null,
          checksum: CHECKSUM,
          round: 1,
        })),
      );
      expect(await settle(delivery)).toBe('ready');
    });

    it('writes a decision once, however often it is asked to', async () => {
      const ref = await one();
      const decision = signed('technical');
      await twice(() => write(ref, by.technical, decision));
      expect((await subject.look(ref)).decisions).toHaveLength(1);
      await accept(ref, 'licensed');
      const { since } = await accept(ref, 'director');
      // The repeat of a decision that others have followed answers how it stands now.
      const now = { review: { state: 'accepted', level: 'director' }, since, isLast: true };
      expect(await write(ref, by.technical, decision)).toMatchObject(now);
    });

    it('takes no other decision for one that has the same id', async () => {
      const ref = await one();
      await accept(ref, 'technical');
      const made = signed('licensed');
      const { decisionId } = made;
      await write(ref, by.licensed, made);
      const another = await subject.addMember('licensed');
      expect(await refusal(write(ref, another, made))).toBe('already_decided');
      expect(await refusal(write(ref, by.director, signed('director', { decisionId })))).toBe('unavailable');
      const reject = { decisionId, decision: 'reject', reasonCode: 'low_quality', followUp: 'withdraw' } as const;
      expect(await refusal(write(ref, by.licensed, signed('licensed', reject)))).toBe('already_decided');
      const elsewhere = await one();
      expect(await refusal(write(elsewhere, by.licensed, made))).toBe('wrong_level');
      expect((await subject.look(ref)).decisions).toHaveLength(2);
      expect((await subject.look(elsewhere)).decisions).toEqual([]);
      expect(await accept(ref, 'director')).toMatchObject({ review: { state: 'accepted' } });
    });

    it('is not there for another organization, nor when nobody has made it', async () => {
      const ref = await one();
      const foreigner = await subject.addForeigner('technical');
      expect(await refusal(accept(ref, 'technical', foreigner))).toBe('not_found');
      expect(await refusal(claim(ref, foreigner))).toBe('not_found');
      const { delivery } = await inReview();
      expect(await refusal(accept({ ...ref, delivery }, 'technical'))).toBe('not_found');
      expect(await refusal(find({ ...ref, delivery }))).toBe('not_found');
    });
  });

  describe('a decision is refused', () => {
    it.for([
      ['technical', 'licensed'],
      ['technical', 'director'],
      ['technical', 'member'],
    ] as const)('at %s, from a %s', async ([level, role]) => {
      expect(await refusal(accept(await one(), level, by[role]))).toBe('wrong_role');
    });

    it('to who had the role a moment ago', async () => {
      const reviewer = await subject.addMember('technical');
      const ref = await one();
      await claim(ref, reviewer);
      await subject.setRole(reviewer, 'member');
      expect(await refusal(accept(ref, 'technical', reviewer))).toBe('wrong_role');
      expect((await subject.look(ref)).decisions).toEqual([]);
    });

    it('under a sign-in that is too old', async () => {
      const ref = await one();
      const at = (secondsAgo: number) => ({ authenticatedAt: new Date(Date.now() - secondsAgo * 1000).toISOString() });
      const old = signed('technical', at(SETTINGS.signatureMaxAgeSeconds + 5));
      expect(await refusal(write(ref, by.technical, old))).toBe('sign_in_again');
      await write(ref, by.technical, signed('technical', at(SETTINGS.signatureMaxAgeSeconds - 60)));
    });

    it('at another level than the sample is at', async () => {
      const ref = await one();
      expect(await refusal(accept(ref, 'licensed'))).toBe('wrong_level');
      await accept(ref, 'technical');
      expect(await refusal(accept(ref, 'technical'))).toBe('already_decided');
      expect(await refusal(accept(ref, 'director'))).toBe('wrong_level');
    });

    it('to who has decided another level of this sample', async () => {
      const ref = await one();
      const both = await subject.addMember('technical');
      await accept(ref, 'technical', both);
      await subject.setRole(both, 'licensed');
      expect(await refusal(accept(ref, 'licensed', both))).toBe('same_person');
      await accept(ref, 'licensed');
      await subject.setRole(both, 'director');
      expect(await refusal(accept(ref, 'director', both))).toBe('same_person');
    });

    it('to who has decided another level, though somebody else has decided there since', async () => {
      const ref = await one();
      const [both, colleague] = [await subject.addMember('technical'), await subject.addMember('technical')];
      await accept(ref, 'technical', both);
      await reject(ref, 'licensed', { followUp: 'return' });
      await accept(ref, 'technical', colleague);
      await subject.setRole(both, 'licensed');
      expect(await refusal(accept(ref, 'licensed', both))).toBe('same_person');
      expect(await accept(ref, 'licensed')).toMatchObject({ review: { level: 'director' } });
    });

    it('when a reject says too little', async () => {
      const ref = await one();
      expect(await refusal(write(ref, by.technical, signed('technical', { decision: 'reject' })))).toBe(
        'reason_required',
      );
      const vague = { reasonCode: 'other', comment: '  ', followUp: 'withdraw' } as const;
      expect(await refusal(reject(ref, 'technical', vague))).toBe('reason_required');
      expect(await refusal(reject(ref, 'technical', {}))).toBe('then_required');
      expect(await refusal(reject(ref, 'technical', { followUp: 'return' }))).toBe('no_level_below');
    });

    it('over another result than was reviewed, and over one that is not live', async () => {
      const ref = await one();
      const other = signed('technical', { resultChecksum: ANOTHER_CHECKSUM });
      expect(await refusal(write(ref, by.technical, other))).toBe('result_changed');
    });

    it('while somebody else has claimed the sample', async () => {
      const ref = await one();
      const colleague = await subject.addMember('technical');
      await claim(ref, colleague);
      expect(await refusal(accept(ref, 'technical'))).toBe('claimed');
      await accept(ref, 'technical', colleague);
      expect((await subject.look(ref)).claimedBy).toBeNull();
    });

    it('when the review has ended', async () => {
      const ref = await one();
      await reject(ref, 'technical', { followUp: 'withdraw' });
      expect(await refusal(accept(ref, 'technical'))).toBe('sample_closed');
      const recalled = await one();
      await direct(recalled.delivery, 'recall');
      expect(await refusal(accept(recalled, 'technical'))).toBe('sample_closed');
    });
  });

  describe('a delegate', () => {
    it('decides in the stead of who is away, and is named beside them', async () => {
      const [ref, delegate, away] = [
        await one(),
        await subject.addMember('member'),
        await subject.addMember('technical'),
      ];
      await subject.delegate(away, delegate, { from: -1, to: 1 });
      await accept(ref, 'technical', delegate);
      expect((await subject.look(ref)).decisions).toMatchObject([
        { userId: delegate.userId, onBehalfOf: away.userId, level: 'technical' },
      ]);
    });

    it.for([
      ['before it begins', { from: 1, to: 2 }],
      ['after its end', { from: -2, to: -1 }],
    ] as const)('does not, %s', async ([, days]) => {
      const [ref, delegate] = [await one(), await subject.addMember('member')];
      await subject.delegate(by.technical, delegate, days);
      expect(await refusal(accept(ref, 'technical', delegate))).toBe('wrong_role');
      expect(await refusal(claim(ref, delegate))).toBe('wrong_role');
    });

    it('does not, for who has lost the role', async () => {
      const [ref, delegate, away] = [
        await one(),
        await subject.addMember('member'),
        await subject.addMember('technical'),
      ];
      await subject.delegate(away, delegate, { from: -1, to: 1 });
      await subject.setRole(away, 'member');
      expect(await refusal(accept(ref, 'technical', delegate))).toBe('wrong_role');
    });

    it('is still another person than those of the other levels', async () => {
      const ref = await one();
      const [delegate, away] = [await subject.addMember('technical'), await subject.addMember('licensed')];
      await subject.delegate(away, delegate, { from: -1, to: 1 });
      await accept(ref, 'technical', delegate);
      expect(await refusal(accept(ref, 'licensed', delegate))).toBe('same_person');
    });
  });

  describe('a claim', () => {
    it('is made once, and given back', async () => {
      const ref = await one();
      await twice(() => claim(ref, by.technical));
      expect((await subject.look(ref)).claimedBy).toBe(by.technical.userId);
      const colleague = await subject.addMember('technical');
      expect(await refusal(claim(ref, colleague))).toBe('claimed');
      expect(await refusal(claim(ref, colleague, 'release'))).toBe('claimed');
      await twice(() => claim(ref, by.technical, 'release'));
      expect((await subject.look(ref)).claimedBy).toBeNull();
      await claim(ref, colleague);
    });

    it('is over after a while: whoever made it may be away', async () => {
      const ref = await one();
      await claim(ref, by.technical);
      const colleague = await subject.addMember('technical');
      await subject.expireClaim(ref);
      await claim(ref, colleague, 'release');
      await twice(() => claim(ref, colleague));
      expect(await refusal(claim(ref, by.technical))).toBe('claimed');
      await subject.expireClaim(ref);
      await accept(ref, 'technical');
      expect((await subject.look(ref)).claimedBy).toBeNull();
    });

    it('is given back by a director in the place of who made it, and by nobody else', async () => {
      const ref = await one();
      await claim(ref, by.technical);
      expect(await refusal(claim(ref, by.licensed, 'release'))).toBe('claimed');
      await twice(() => claim(ref, by.director, 'release'));
      expect((await subject.look(ref)).claimedBy).toBeNull();
      await accept(ref, 'technical', await subject.addMember('technical'));
    });

    it('is refused to other roles, and when the review has ended', async () => {
      const ref = await one();
      expect(await refusal(claim(ref, by.licensed))).toBe('wrong_role');
      await accept(ref, 'technical');
      expect(await refusal(claim(ref, by.technical))).toBe('wrong_role');
      await claim(ref, by.licensed);
      await direct(ref.delivery, 'recall');
      expect(await refusal(claim(ref, by.licensed, 'release'))).toBe('sample_closed');
      expect((await subject.look(ref)).claimedBy).toBeNull();
    });
  });

  describe('a reject', () => {
    it('returns the sample to the level below, where it is decided anew', async () => {
      const ref = await one();
      await accept(ref, 'technical');
      expect(await reject(ref, 'licensed', { followUp: 'return' })).toMatchObject({
        review: {
          state: 'in_review',
          level: 'technical',
          decidedBy: { technical: [by.technical.userId], licensed: [by.licensed.userId] },
        },
        round: 1,
      });
      const colleague = await subject.addMember('technical');
      const anew = await accept(ref, 'technical', colleague);
      expect(anew.review).toMatchObject({
        level: 'licensed',
        decidedBy: { technical: [by.technical.userId, colleague.userId] },
      });
      await accept(ref, 'licensed');
      await reject(ref, 'director', { followUp: 'return' });
      await accept(ref, 'licensed');
      expect((await accept(ref, 'director')).review.state).toBe('accepted');
      expect((await subject.look(ref)).decisions).toHaveLength(7);
    });

    it.for(REVIEW_LEVELS)('at %s withdraws the sample', async (level) => {
      const ref = await one();
      for (const below of REVIEW_LEVELS.slice(0, REVIEW_LEVELS.indexOf(level))) await accept(ref, below);
      expect(await reject(ref, level, { followUp: 'withdraw' })).toMatchObject({
        review: { state: 'withdrawn', level },
        isLast: true,
      });
      expect(await twice(() => settle(ref.delivery))).toBe('closed');
    });

    it('has the sample annotated anew, once, with what was asked for', async () => {
      const ref = await one();
      const former = (await subject.look(ref)).jobId;
      const decision = signed('technical', {
        decision: 'reject',
        reasonCode: 'wrong_settings',
        followUp: 'reannotate',
        reannotate: { consequenceMode: 'local' },
      });
      const standing = await twice(() => write(ref, by.technical, decision));
      expect(standing).toMatchObject({ review: { state: 'reannotating', level: 'technical' }, round: 1 });
      const pending = standing.pendingJob?.jobId;
      if (!pending) throw new Error('no job');
      // It belongs to whoever decided so: its former owner may have left.
      expect(standing.pendingJob?.userId).toBe(by.technical.userId);
      expect(await subject.job(pending)).toMatchObject({
        owner: by.technical.userId,
        genome: 'demo',
        consequenceMode: 'local',
      });
      expect(await subject.records['records.job.status']({ jobId: pending })).toBe('PENDING');
      expect((await subject.look(ref)).jobId).toBe(former);
      expect(await refusal(accept(ref, 'technical'))).toBe('sample_closed');
      expect(await refusal(claim(ref, by.technical))).toBe('sample_closed');
      expect(await settle(ref.delivery)).toBe('in_review');
    });

    it('does not, when the input is gone', async () => {
      const ref = await one();
      await subject.removeInput((await subject.look(ref)).jobId);
      expect(await refusal(reject(ref, 'technical', { followUp: 'reannotate' }))).toBe('input_not_found');
      expect((await find(ref)).review.state).toBe('in_review');
    });
  });

  describe('a new annotation', () => {
    const reannotating = async () => {
      const ref = await one();
      await accept(ref, 'technical');
      const { pendingJob } = await reject(ref, 'licensed', { followUp: 'reannotate' });
      if (!pendingJob) throw new Error('no job');
      return { ref, job: pendingJob.jobId };
    };
    const end = (ref: ReviewRef, job: JobId) => subject.records['records.review.endReannotation']({ ...ref, job });

    it('that is complete stands for the sample, and everybody decides anew', async () => {
      const { ref, job } = await reannotating();
      await complete(job, ANOTHER_CHECKSUM);
      expect(await twice(() => end(ref, job))).toMatchObject({
        review: { state: 'in_review', level: 'technical', decidedBy: {} },
        round: 2,
        pendingJob: null,
      });
      expect(await subject.look(ref)).toMatchObject({ jobId: job, reannotationFailure: null });
      expect(await refusal(accept(ref, 'technical'))).toBe('result_changed');
      await write(ref, by.technical, signed('technical', { resultChecksum: ANOTHER_CHECKSUM }));
      const rounds = (await subject.look(ref)).decisions.map(({ round }) => round);
      expect(rounds).toEqual([1, 1, 2]);
    });

    it('that failed leaves the former one, and says why by the type of the error: its message may quote the file', async () => {
      const { ref, job } = await reannotating();
      const former = (await subject.look(ref)).jobId;
      const error = { type: 'engine_failed', message: 'it broke' } as const;
      await subject.records['records.job.start']({ jobId: job });
      await subject.records['records.job.end']({ jobId: job, end: { status: 'FAILED', error } });
      expect(await twice(() => end(ref, job))).toMatchObject({
        review: { level: 'technical', decidedBy: {} },
        round: 2,
      });
      expect(await subject.look(ref)).toMatchObject({ jobId: former, reannotationFailure: 'engine_failed' });
      await accept(ref, 'technical');
      expect((await subject.look(ref)).reannotationFailure).toBeNull();
    });

    it('that was cancelled says so', async () => {
      const { ref, job } = await reannotating();
      await subject.records['records.job.end']({ jobId: job, end: { status: 'CANCELLED' } });
      await end(ref, job);
      expect((await subject.look(ref)).reannotationFailure).toBe('The job ended CANCELLED.');
    });

    it('of a delivery that was recalled changes nothing: the sample may be under review elsewhere', async () => {
      const { ref, job } = await reannotating();
      const former = (await subject.look(ref)).jobId;
      await direct(ref.delivery, 'recall');
      const delivery = await subject.addDelivery(by.member, [ref.sample]);
      await accept({ ...ref, delivery }, 'technical');
      await complete(job, ANOTHER_CHECKSUM);
      expect((await end(ref, job)).deliveryState).toBe('recalled');
      expect((await subject.look(ref)).jobId).toBe(former);
      await accept({ ...ref, delivery }, 'licensed');
    });

    it('that no review waits for changes nothing', async () => {
      const ref = await one();
      const standing = await end(ref, await live());
      expect(standing).toMatchObject({ review: { state: 'in_review', level: 'technical' }, round: 1 });
      expect(await subject.records['records.job.status']({ jobId: jobId(randomUUID()) })).toBeNull();
    });
  });

  describe('a delivery', () => {
    it('lists its open samples in pages', async () => {
      const { delivery, refs } = await inReview(5);
      await reject(refs[0], 'technical', { followUp: 'withdraw' });
      const open = refs
        .slice(1)
        .map(({ sample }) => sample)
        .toSorted();
      const list = (after: SampleId | null, limit: number) =>
        subject.records['records.delivery.listOpen']({ delivery, after, limit });
      expect(await twice(() => list(null, 10))).toEqual(open);
      const page = await list(null, 3);
      expect(page).toEqual(open.slice(0, 3));
      expect(await list(page[2] ?? null, 3)).toEqual(open.slice(3));
    });

    it('takes no sample that is not there, not live, or in another one', async () => {
      const ref = await one();
      expect(await refusal(subject.addDelivery(by.member, [ref.sample]))).toBe('sample_in_delivery');
      const foreigner = await subject.addForeigner('member');
      const foreign = await subject.addSample(foreigner, await live(foreigner));
      expect(await refusal(subject.addDelivery(by.member, [foreign]))).toBe('not_found');
      const running = await subject.addSample(by.member, await subject.submit(by.member));
      expect(await refusal(subject.addDelivery(by.member, [running]))).toBe('result_not_ready');
      const erased = await live();
      const gone = await subject.addSample(by.member, erased);
      await subject.requestErasure(by.member, erased);
      expect(await refusal(subject.addDelivery(by.member, [gone]))).toBe('result_not_ready');
      const free = await subject.addMember('member', 'free');
      const away = await live(free);
      await subject.records['records.archive.begin']({ jobId: away, generation: 1 });
      expect(await refusal(subject.addDelivery(by.member, [await subject.addSample(by.member, away)]))).toBe(
        'result_not_live',
      );
    });

    const ready = async (endpoints = 0) => {
      const { delivery, refs } = await inReview(1, endpoints);
      await acceptUpTo(refs[0], 'director');
      expect(await twice(() => settle(delivery))).toBe('ready');
      return { delivery, ref: refs[0] };
    };

    it('is released by a director, and by nobody else', async () => {
      const { delivery } = await ready();
      for (const role of ['technical', 'licensed', 'member'] as const) {
        expect(await refusal(direct(delivery, 'release', by[role]))).toBe('wrong_role');
        expect(await refusal(direct(delivery, 'recall', by[role]))).toBe('wrong_role');
      }
      expect(await refusal(direct(delivery, 'release', await subject.addForeigner('director')))).toBe('not_found');
      expect(await twice(() => direct(delivery, 'release'))).toBe('releasing');
      expect(await twice(() => move(delivery, 'publish'))).toEqual({ isMoved: true, state: 'released' });
      expect(await refusal(direct(delivery, 'release'))).toBe('wrong_state');
      expect(await refusal(direct(delivery, 'recall'))).toBe('wrong_state');
    });

    it('is not released before it is ready', async () => {
      const { delivery } = await inReview();
      expect(await refusal(direct(delivery, 'release'))).toBe('wrong_state');
    });

    it('says why a release was taken back, until the next', async () => {
      const { delivery } = await ready();
      await direct(delivery, 'release');
      expect(await twice(() => move(delivery, 'revoke', 'no answer'))).toEqual({ isMoved: true, state: 'ready' });
      expect(await subject.failureOf(delivery)).toBe('no answer');
      await direct(delivery, 'release');
      expect(await subject.failureOf(delivery)).toBeNull();
    });

    it('holds its samples until it is acknowledged, recalled or closed', async () => {
      const { delivery, ref } = await ready();
      await direct(delivery, 'release');
      await move(delivery, 'publish');
      expect((await subject.look(ref)).isOpen).toBe(true);
      await twice(() => move(delivery, 'acknowledge'));
      expect((await subject.look(ref)).isOpen).toBe(false);
      expect((await find(ref)).deliveryState).toBe('acknowledged');
      await subject.addDelivery(by.member, [ref.sample]);
    });

    const STATES = ['in_review', 'ready', 'releasing', 'released', 'acknowledged', 'recalled', 'closed'] as const;
    const LEGAL: Record<DeliveryMove, readonly DeliveryState[]> = {
      settle: ['in_review'],
      release: ['ready'],
      publish: ['releasing'],
      revoke: ['releasing'],
      recall: ['in_review', 'ready', 'releasing'],
      acknowledge: ['releasing', 'released'],
      close: ['in_review', 'released'],
    };
    const TARGET: Record<DeliveryMove, DeliveryState> = {
      settle: 'ready',
      release: 'releasing',
      publish: 'released',
      revoke: 'ready',
      recall: 'recalled',
      acknowledge: 'acknowledged',
      close: 'closed',
    };
    const WAY: Record<DeliveryState, readonly DeliveryMove[]> = {
      in_review: [],
      ready: ['settle'],
      releasing: ['settle', 'release'],
      released: ['settle', 'release', 'publish'],
      acknowledged: ['settle', 'release', 'publish', 'acknowledge'],
      recalled: ['recall'],
      closed: ['close'],
    };

    it.for(STATES)('that is %s moves where it may, and nowhere else', async (state) => {
      for (const name of ['settle', 'release', 'publish', 'revoke', 'recall', 'acknowledge', 'close'] as const) {
        const { delivery } = await inReview();
        for (const step of WAY[state]) expect(await move(delivery, step)).toMatchObject({ isMoved: true });
        const isLegal = LEGAL[name].includes(state) || TARGET[name] === state;
        const outcome = { isMoved: isLegal, state: isLegal ? TARGET[name] : state };
        expect([name, await twice(() => move(delivery, name))]).toEqual([name, outcome]);
      }
    });

    it('is not released to a partner that is disabled', async () => {
      const { delivery } = await ready(1);
      await subject.disable('partner', delivery);
      expect(await refusal(direct(delivery, 'release'))).toBe('wrong_state');
      expect(await settle(delivery)).toBe('ready');
      expect(await twice(() => direct(delivery, 'recall'))).toBe('recalled');
    });

    it('says whether its partner asks by itself: only one that has given no way to be told', async () => {
      for (const [endpoints, disabled, asksByItself, messages] of [
        [0, undefined, true, 0],
        [2, undefined, false, 2],
        [2, 'endpoints', false, 0],
      ] as const) {
        const { delivery } = await ready(endpoints);
        await direct(delivery, 'release');
        if (disabled) await subject.disable(disabled, delivery);
        const answer = await twice(() =>
          subject.records['records.delivery.announce']({ delivery, event: 'delivery.released' }),
        );
        expect(answer).toMatchObject({ asksByItself });
        expect(answer.messageIds).toHaveLength(messages);
      }
    });

    it('is announced to each endpoint of the partner, once', async () => {
      const { delivery } = await ready(2);
      await direct(delivery, 'release');
      const announce = (event: 'delivery.released' | 'delivery.revoked' = 'delivery.released', id = delivery) =>
        subject.records['records.delivery.announce']({ delivery: id, event });
      const first = await twice(() => announce());
      expect(new Set(first.messageIds).size).toBe(2);
      const revoked = await twice(() => announce('delivery.revoked'));
      await move(delivery, 'revoke');
      await direct(delivery, 'release');
      const second = await twice(() => announce());
      expect(new Set([first, revoked, second].map(({ announcementId }) => announcementId)).size).toBe(3);
      expect(new Set([first, revoked, second].flatMap(({ messageIds }) => messageIds)).size).toBe(6);
      // To take it back announces that too.
      const again = await ready(1);
      await direct(again.delivery, 'release');
      await announce('delivery.released', again.delivery);
      await move(again.delivery, 'revoke');
      const known = await subject.messagesOf(again.delivery);
      expect(known).toEqual(['delivery.released', 'delivery.revoked']);
      expect((await announce('delivery.revoked', again.delivery)).messageIds).toHaveLength(1);
      expect(await subject.messagesOf(again.delivery)).toEqual(known);
      const unheard = await ready();
      await direct(unheard.delivery, 'release');
      expect((await announce('delivery.released', unheard.delivery)).messageIds).toEqual([]);
    });
  });

  describe('a result in an open delivery', () => {
    const held = async () => {
      const owner = await subject.addMember('member', 'free');
      const job = await live(owner);
      const sample = await subject.addSample(owner, job);
      return { owner, job, sample };
    };
    const archive = (id: JobId) => subject.records['records.archive.begin']({ jobId: id, generation: 1 });

    it('is neither archived nor erased, and is again once the delivery is recalled', async () => {
      const { owner, job, sample } = await held();
      const delivery = await subject.addDelivery(by.member, [sample]);
      expect((await subject.job(job)).expires).toBe(true);
      expect(await twice(() => archive(job))).toEqual({ decision: 'keep' });
      expect((await subject.job(job)).expires).toBe(false);
      await expect(subject.requestErasure(owner, job)).rejects.toThrow(/held|open delivery/);
      await direct(delivery, 'recall');
      expect(await archive(job)).toMatchObject({ decision: 'archive' });
    });

    it('is held while another annotation is to replace it, and so is that one', async () => {
      const { job, sample } = await held();
      const ref = { sample, delivery: await subject.addDelivery(by.member, [sample]) };
      const { pendingJob } = await reject(ref, 'technical', { followUp: 'reannotate' });
      if (!pendingJob) throw new Error('no job');
      await complete(pendingJob.jobId, ANOTHER_CHECKSUM);
      expect(await archive(job)).toEqual({ decision: 'keep' });
      expect(await archive(pendingJob.jobId)).toEqual({ decision: 'keep' });
      await expect(subject.requestErasure(by.technical, pendingJob.jobId)).rejects.toThrow(/held|open delivery/);
      await subject.records['records.review.endReannotation']({ ...ref, job: pendingJob.jobId });
      expect(await archive(pendingJob.jobId)).toEqual({ decision: 'keep' });
      // Nothing holds the former one any more.
      expect(await archive(job)).toMatchObject({ decision: 'archive' });
    });
  });
});
