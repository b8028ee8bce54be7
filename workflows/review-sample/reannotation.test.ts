// The review of a sample where time passes: delegates, and new annotations, which are retained before they end. On a server of its own: a review that ends after its delivery would keep it from skipping.

import { describe, expect, it } from 'vitest';
import { workflowIds, type SampleId } from '../../domain/ids.ts';
import { TASK_QUEUES } from '../../domain/queues.ts';
import { REVIEW_LEVELS, type ReviewLevel } from '../../domain/review.ts';
import { refusalOf, reviewIllegalities } from '../../tests/support/models/review-illegalities.ts';
import { useReviewStage } from '../../tests/support/models/own-review-stage.ts';
import type { Delivered } from '../../tests/support/models/review-stage.ts';
import { ANNOTATE_THEN_ARCHIVE } from '../annotate-then-archive/messages.ts';
import { reviewQuery } from './messages.ts';

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

/** Under review at this level, with those below decided. */
const upTo = async (level: ReviewLevel) => {
  const given = await stage.deliver(1);
  for (const below of REVIEW_LEVELS.slice(0, REVIEW_LEVELS.indexOf(level))) await stage.decide(given.sample, below);
  return given;
};
/** In review again, after as many annotations. */
const hasRound = (given: Delivered, round: number) =>
  expect.poll(() => standing(given, given.sample)).toMatchObject({ state: 'in_review', round });

it('a delegate whose time is over is refused', async () => {
  const given = await stage.deliver(1);
  const { laboratory } = world.review;
  const [delegate, away] = [laboratory.addMember('member'), laboratory.addMember('technical')];
  const startsAtMs = world.now();
  laboratory.delegate(away.userId, delegate.userId, { startsAtMs, endsAtMs: startsAtMs + 3600_000 });
  await stage.sleep(2 * 3600);
  expect(await refusalOf(stage.decide(given.sample, 'technical', {}, delegate))).toBe('wrong_role');
  const endsAtMs = world.now() + 3600_000;
  laboratory.delegate(away.userId, delegate.userId, { startsAtMs, endsAtMs });
  expect(await stage.decide(given.sample, 'technical', {}, delegate)).toMatchObject({ level: 'licensed' });
});

describe.for(REVIEW_LEVELS)('a reject at %s', (level) => {
  it('has it annotated anew, and then everybody decides afresh', async () => {
    const given = await upTo(level);
    const former = jobOf(given.sample);
    expect(await stage.reject(given.sample, level, 'reannotate')).toEqual({ state: 'reannotating', level });
    await hasRound(given, 2);
    const job = jobOf(given.sample);
    expect(job).not.toBe(former);
    expect(world.records.job(job)).toMatchObject({ status: 'COMPLETED', resultState: 'live' });
    expect(await stage.review(given.sample).query(reviewQuery)).toEqual({
      state: 'in_review',
      level: 'technical',
      decidedBy: {},
    });
    await stage.annotationsEnd();
    await stage.acceptUpTo(given.sample, 'director');
    expect(await stage.review(given.sample).result()).toBe('accepted');
    expect(reviewIllegalities(world, given.delivery)).toEqual([]);
  });
});

describe('a new annotation', () => {
  it('is run with what the reviewer asked for, and its owner hears of it', async () => {
    const given = await stage.deliver(1);
    await stage.decide(given.sample, 'technical', {
      decision: 'reject',
      reasonCode: 'wrong_settings',
      followUp: 'reannotate',
      reannotate: { genome: 'another', consequenceMode: 'haplotype' },
    });
    await hasRound(given, 2);
    const ran = world.calls.find(({ name }) => name === 'engine.input.annotate');
    expect(ran?.input).toMatchObject({ genome: 'another', consequenceMode: 'haplotype' });
  });

  it('that fails leaves the former result, says why, and review starts afresh', async () => {
    const given = await stage.deliver(1);
    const former = jobOf(given.sample);
    await stage.decide(given.sample, 'technical');
    world.fail('engine.input.annotate', { kind: 'permanent' });
    await stage.reject(given.sample, 'licensed', 'reannotate');
    await hasRound(given, 2);
    expect(standing(given, given.sample)).toMatchObject({
      level: 'technical',
      reannotationFailure: expect.any(String),
    });
    expect(jobOf(given.sample)).toBe(former);
    await stage.acceptUpTo(given.sample, 'director');
    expect(await stage.review(given.sample).result()).toBe('accepted');
    expect(decisionsOf(given.sample)).toEqual([
      '1 technical accept',
      '1 licensed reject',
      '2 technical accept',
      '2 licensed accept',
      '2 director accept',
    ]);
  });

  it('whose signal is lost is seen within ten minutes', async () => {
    const given = await stage.deliver([await stage.addSample('free')]);
    const { workflow } = stage.saga.environment.client;
    // Somebody else starts its saga first, which then knows of no review.
    world.around = async (name, _input, act) => {
      const answer = await act();
      const pending = standing(given, given.sample).pendingJobId;
      if (name === 'records.decision.write' && pending) {
        const start = workflow.start(ANNOTATE_THEN_ARCHIVE, {
          taskQueue: TASK_QUEUES.orchestration,
          workflowId: workflowIds.annotation(pending),
          args: [{ jobId: pending }],
        });
        // A local activity may run twice: then it runs already.
        await start.catch(() => {});
      }
      return answer;
    };
    await stage.reject(given.sample, 'technical', 'reannotate');
    await stage.sleep(9 * 60);
    expect(standing(given, given.sample).state).toBe('reannotating');
    await stage.sleep(2 * 60);
    expect(standing(given, given.sample)).toMatchObject({ state: 'in_review', round: 2 });
  });
});
