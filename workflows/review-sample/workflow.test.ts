// The review of a sample: what each decision leads to, who is refused, and what happens when two decide at the same moment.
// Nothing here waits for time to pass; what does is in `reannotation.test.ts`, because the time-skipping server skips no more
// after some of these.

import { randomUUID } from 'node:crypto';
import { WithStartWorkflowOperation } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { workflowIds, type SampleId } from '../../domain/ids.ts';
import { TASK_QUEUES } from '../../domain/queues.ts';
import { REVIEW_LEVELS } from '../../domain/review.ts';
import { refusalOf, reviewIllegalities } from '../../tests/support/models/review-illegalities.ts';
import { useReviewStage } from '../../tests/support/models/own-review-stage.ts';
import type { Delivered } from '../../tests/support/models/review-stage.ts';
import { decideUpdate, REVIEW_SAMPLE, reviewQuery } from './messages.ts';
import type { reviewSample } from './workflow.ts';

const stage = useReviewStage();
const { world } = stage;

const standing = ({ delivery }: Delivered, sample: SampleId) => world.review.review({ delivery, sample });
const jobOf = (sample: SampleId) => {
  const found = world.review.tables.samples.get(sample);
  if (!found) throw new Error('no such sample');
  return found.jobId;
};
const decisionsOf = (sample: SampleId) =>
  world.review.tables.decisions
    .filter((one) => one.sample === sample)
    .map(({ level, decision, round }) => `${round} ${level} ${decision}`);

describe('accepting', () => {
  it('takes the sample up the three levels, and the delivery becomes ready', async () => {
    const given = await stage.deliver(1);
    expect(await stage.decide(given.sample, 'technical')).toEqual({ state: 'in_review', level: 'licensed' });
    expect(await stage.decide(given.sample, 'licensed')).toEqual({ state: 'in_review', level: 'director' });
    expect(await stage.review(given.sample).query(reviewQuery)).toEqual({
      state: 'in_review',
      level: 'director',
      decidedBy: { technical: [stage.people.technical.userId], licensed: [stage.people.licensed.userId] },
    });
    expect(await stage.decide(given.sample, 'director')).toEqual({ state: 'accepted', level: 'director' });
    expect(await stage.review(given.sample).result()).toBe('accepted');
    await stage.becomes(given.delivery, 'ready');
    expect(reviewIllegalities(world, given.delivery)).toEqual([]);
  });

  it('is recorded under the id of the update, so that no other decision is taken for it', async () => {
    const given = await stage.deliver(1);
    const updateId = randomUUID();
    await stage.decide(given.sample, 'technical', {}, stage.people.technical, updateId);
    await stage.decide(given.sample, 'licensed', {}, stage.people.licensed, 'no UUID');
    const ids = world.review.tables.decisions
      .filter(({ sample }) => sample === given.sample)
      .map(({ decisionId }) => decisionId);
    expect(ids).toEqual([updateId, expect.stringMatching(/^[\da-f-]{36}$/)]);
  });

  it('of one sample leaves the others where they are', async () => {
    const given = await stage.deliver(3);
    await stage.acceptUpTo(given.sample, 'director');
    await stage.review(given.sample).result();
    expect(given.samples.map((sample) => standing(given, sample).state)).toEqual([
      'accepted',
      'in_review',
      'in_review',
    ]);
    expect(world.review.delivery(given.delivery).state).toBe('in_review');
  });
});

describe.for(REVIEW_LEVELS)('a reject at %s', (level) => {
  const upTo = async () => {
    const given = await stage.deliver(1);
    for (const below of REVIEW_LEVELS.slice(0, REVIEW_LEVELS.indexOf(level))) await stage.decide(given.sample, below);
    return given;
  };

  it('withdraws the sample', async () => {
    const given = await upTo();
    expect(await stage.reject(given.sample, level, 'withdraw')).toEqual({ state: 'withdrawn', level });
    expect(await stage.review(given.sample).result()).toBe('withdrawn');
    // Nothing of it is to be delivered.
    expect(await given.handle.result()).toBe('closed');
    expect(reviewIllegalities(world, given.delivery)).toEqual([]);
  });

  it.skipIf(level === 'technical')('returns it to the level below, where it is decided anew', async () => {
    const given = await upTo();
    const below = REVIEW_LEVELS[REVIEW_LEVELS.indexOf(level) - 1] ?? 'technical';
    expect(await stage.reject(given.sample, level, 'return')).toEqual({ state: 'in_review', level: below });
    // Who returned it hears that it is decided; the level below may decide again.
    expect(await refusalOf(stage.decide(given.sample, level))).toBe('already_decided');
    const colleague = world.review.laboratory.addMember(below);
    expect(await stage.decide(given.sample, below, {}, colleague)).toEqual({ state: 'in_review', level });
    for (const rest of REVIEW_LEVELS.slice(REVIEW_LEVELS.indexOf(level))) await stage.decide(given.sample, rest);
    expect(await stage.review(given.sample).result()).toBe('accepted');
    expect(reviewIllegalities(world, given.delivery)).toEqual([]);
  });
});

describe('a decision is refused', () => {
  it('at another level than the sample is at, and to a person who has decided another one', async () => {
    const given = await stage.deliver(1);
    expect(await refusalOf(stage.decide(given.sample, 'licensed'))).toBe('wrong_level');
    await stage.decide(given.sample, 'technical');
    const { technical } = stage.people;
    expect(await refusalOf(stage.decide(given.sample, 'technical'))).toBe('already_decided');
    expect(await refusalOf(stage.decide(given.sample, 'licensed', {}, technical))).toBe('same_person');
    expect(decisionsOf(given.sample)).toEqual(['1 technical accept']);
  });

  it('when a reject says too little', async () => {
    const given = await stage.deliver(1);
    const reject = { decision: 'reject' } as const;
    expect(await refusalOf(stage.decide(given.sample, 'technical', reject))).toBe('reason_required');
    const vague = { ...reject, reasonCode: 'other', followUp: 'withdraw' } as const;
    expect(await refusalOf(stage.decide(given.sample, 'technical', vague))).toBe('reason_required');
    expect(await refusalOf(stage.reject(given.sample, 'technical', 'return'))).toBe('no_level_below');
    const open = { ...reject, reasonCode: 'incomplete' } as const;
    expect(await refusalOf(stage.decide(given.sample, 'technical', open))).toBe('then_required');
  });

  it('by what Postgres knows: another role, an old sign-in, a result that has changed, a claim', async () => {
    const given = await stage.deliver(1);
    const { member, technical } = stage.people;
    expect(await refusalOf(stage.decide(given.sample, 'technical', {}, member))).toBe('wrong_role');
    const old = { authenticatedAt: new Date(world.now() - 3600_000).toISOString() };
    expect(await refusalOf(stage.decide(given.sample, 'technical', old))).toBe('sign_in_again');
    const other = { resultChecksum: 'ff'.repeat(32) };
    expect(await refusalOf(stage.decide(given.sample, 'technical', other))).toBe('result_changed');
    const colleague = world.review.laboratory.addMember('technical');
    await stage.claim(given.sample, colleague);
    expect(await refusalOf(stage.claim(given.sample, technical))).toBe('claimed');
    expect(await refusalOf(stage.decide(given.sample, 'technical'))).toBe('claimed');
    await stage.claim(given.sample, colleague, 'release');
    expect(await refusalOf(stage.decide(given.sample, 'technical'))).toBe('taken');
  });

  it('to who has lost the role between two levels, and the next reviewer goes on', async () => {
    const given = await stage.deliver(1);
    const { laboratory } = world.review;
    await stage.decide(given.sample, 'technical');
    const leaving = laboratory.addMember('licensed');
    await stage.claim(given.sample, leaving);
    laboratory.setRole(leaving.userId, 'member');
    expect(await refusalOf(stage.decide(given.sample, 'licensed', {}, leaving))).toBe('wrong_role');
    await stage.claim(given.sample, leaving, 'release');
    expect(await stage.decide(given.sample, 'licensed')).toEqual({ state: 'in_review', level: 'director' });
    // What was decided before the role was taken away stands.
    laboratory.setRole(stage.people.technical.userId, 'member');
    expect(await stage.decide(given.sample, 'director')).toMatchObject({ state: 'accepted' });
    laboratory.setRole(stage.people.technical.userId, 'technical');
  });
});

describe('at the same moment', () => {
  it.for(REVIEW_LEVELS)('two decide at %s: one wins, the other is told', async (level) => {
    const given = await stage.deliver(1);
    for (const below of REVIEW_LEVELS.slice(0, REVIEW_LEVELS.indexOf(level))) await stage.decide(given.sample, below);
    const colleague = world.review.laboratory.addMember(level);
    const answers = await Promise.all([
      refusalOf(stage.decide(given.sample, level)),
      refusalOf(stage.decide(given.sample, level, {}, colleague)),
    ]);
    // The last level closes the review: the other may find that it has ended.
    const lost = level === 'director' ? 'sample_closed' : 'already_decided';
    expect(answers.toSorted()).toEqual([lost, 'taken'].toSorted());
    expect(decisionsOf(given.sample).filter((line) => line.includes(level))).toHaveLength(1);
  });

  it('ten decide, and one wins', async () => {
    const given = await stage.deliver(1);
    const reviewers = Array.from({ length: 10 }, () => world.review.laboratory.addMember('technical'));
    const answers = await Promise.all(
      reviewers.map((reviewer) => refusalOf(stage.decide(given.sample, 'technical', {}, reviewer))),
    );
    expect(answers.filter((answer) => answer === 'taken')).toHaveLength(1);
    expect(answers.filter((answer) => answer === 'already_decided')).toHaveLength(9);
  });

  it('a decision that waits in line is refused when the one before it closes the sample', async () => {
    const given = await stage.deliver(1);
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    world.on('records.decision.write', () => held);
    const colleague = world.review.laboratory.addMember('technical');
    const first = refusalOf(stage.reject(given.sample, 'technical', 'withdraw'));
    await expect.poll(() => world.calls.some(({ name }) => name === 'records.decision.write')).toBe(true);
    const second = refusalOf(stage.decide(given.sample, 'technical', {}, colleague));
    release();
    expect(await Promise.all([first, second])).toEqual(['taken', 'sample_closed']);
    expect(await stage.review(given.sample).result()).toBe('withdrawn');
  });
});

describe('an update', () => {
  it('sent twice with one id is one decision', async () => {
    const given = await stage.deliver(1);
    const decide = () => stage.decide(given.sample, 'technical', {}, stage.people.technical, 'the-same');
    expect(await decide()).toEqual({ state: 'in_review', level: 'licensed' });
    expect(await decide()).toEqual({ state: 'in_review', level: 'licensed' });
    expect(decisionsOf(given.sample)).toEqual(['1 technical accept']);
  });

  it('whose answer is lost is written once', async () => {
    const given = await stage.deliver(1);
    world.fail('records.decision.write', { kind: 'transient', when: 'after' });
    expect(await stage.decide(given.sample, 'technical')).toEqual({ state: 'in_review', level: 'licensed' });
    expect(world.calls.filter(({ name }) => name === 'records.decision.write').length).toBeGreaterThan(1);
    expect(decisionsOf(given.sample)).toEqual(['1 technical accept']);
  });

  it.for([
    ['taken', 'technical'],
    ['wrong_level', 'licensed'],
  ] as const)('sent before the review has read its state is %s', async ([answer, level]) => {
    const sample = await stage.addSample();
    const delivery = world.review.addDelivery([sample]);
    const { [level]: reviewer } = stage.people;
    await world.tick();
    const startWorkflowOperation = new WithStartWorkflowOperation<typeof reviewSample>(REVIEW_SAMPLE, {
      taskQueue: TASK_QUEUES.orchestration,
      workflowId: workflowIds.review(sample),
      workflowIdConflictPolicy: 'FAIL',
      args: [{ delivery, sample }],
    });
    const signed = {
      level,
      decision: 'accept' as const,
      resultChecksum: world.records.job(jobOf(sample)).result?.sha256 ?? '',
      authenticatedAt: new Date(world.now()).toISOString(),
    };
    const { workflow } = stage.saga.environment.client;
    const decide = workflow.executeUpdateWithStart(decideUpdate, {
      args: [{ reviewer, signed }],
      startWorkflowOperation,
    });
    expect(await refusalOf(decide)).toBe(answer);
    await world.review.activities['records.delivery.move']({ delivery, move: 'recall' });
    await stage.review(sample).signal('recalled');
    expect(await stage.review(sample).result()).toBe('ended: the delivery is no longer in review');
  });

  it('sent to a review that is over finds nobody', async () => {
    const given = await stage.deliver(2);
    await stage.reject(given.sample, 'technical', 'withdraw');
    await stage.review(given.sample).result();
    await expect(stage.decide(given.sample, 'technical')).rejects.toThrow(/not found|completed/i);
    expect(decisionsOf(given.sample)).toEqual(['1 technical reject']);
  });
});

describe('an annotation', () => {
  it('outlives the review that a recall ends: it belongs to its owner', async () => {
    const given = await stage.deliver(1);
    world.worksUntilCancelled = true;
    const begun = new Promise<void>((resolve) => world.on('engine.input.annotate', resolve));
    await stage.reject(given.sample, 'technical', 'reannotate');
    await begun;
    const pending = standing(given, given.sample).pendingJobId;
    await stage.direct(given.delivery, 'recall');
    expect(await stage.review(given.sample).result()).toBe('ended: the delivery is no longer in review');
    expect(pending && world.records.job(pending).status).toBe('RUNNING');
    if (pending) await stage.saga.environment.client.workflow.getHandle(workflowIds.annotation(pending)).cancel();
  });
});
