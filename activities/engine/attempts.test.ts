// What attempts tell each other of workers that died: the activity as it is, over an engine that does what a test wants, and the
// last heartbeat handed on as Temporal does it.

import { addAbortListener } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ActivityCancellationDetails, CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jobId } from '../../domain/ids.ts';
import type { AnnotateInput, AnnotateOutput } from './activity.ts';
import { MOST_DEATHS } from './attempts.ts';
import { bareEngineActivities, bareInput } from './bare-activity.ts';
import { EngineInterrupted, EngineKilled, type AnnotationEngine } from './engine.ts';

const INPUT = 'any';
const input = bareInput(jobId('6b1f0f6e-3c55-4a8e-9d3f-0f1f6f1f0a02'), INPUT);

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'varloom-attempts-'));
  await mkdir(join(root, 'inputs'));
  await writeFile(join(root, 'inputs/upload-1'), INPUT);
});
afterAll(() => rm(root, { recursive: true, force: true }));

type Annotate = AnnotationEngine['annotate'];

/** One worker: its engine does what `annotate` is at the time. */
function worker(first: Annotate = fails(new Error('not set'))) {
  const engine = { name: 'test', annotate: first };
  const { 'engine.input.annotate': activity } = bareEngineActivities(root, engine);
  return { engine, activity };
}
type Worker = ReturnType<typeof worker>;

const fails =
  (error: Error): Annotate =>
  async () => {
    throw error;
  };
/** Until its signal aborts, which it may have before. */
const works: Annotate = ({ signal }) =>
  new Promise((_, reject) => addAbortListener(signal, () => reject(signal.reason)));

function begin({ activity }: Worker, attempt: number, heartbeatDetails: unknown, heartbeatTimeoutMs = 0) {
  const info = { attempt, heartbeatDetails, heartbeatTimeoutMs };
  const environment = new MockActivityEnvironment(info, { logger: new DefaultLogger('ERROR') });
  const beats: unknown[] = [];
  const heard = Promise.withResolvers<unknown>();
  environment.on('heartbeat', (details: unknown) => {
    beats.push(details);
    heard.resolve(details);
  });
  const ended = environment
    .run<[AnnotateInput], AnnotateOutput, typeof activity>(activity, input)
    .then((): unknown => undefined)
    .catch((error: unknown) => error);
  return { environment, beats, heard: heard.promise, ended, left: () => beats.at(-1) ?? heartbeatDetails };
}

/** Runs the attempts of one annotation one after the other, each as its word says; answers with the last one. */
async function attempts(ways: readonly Annotate[], left?: unknown) {
  const one = worker();
  let error: unknown;
  for (const [i, way] of ways.entries()) {
    one.engine.annotate = way;
    const run = begin(one, i + 1, left);
    if (way === works) {
      // Its worker dies: nothing comes after the heartbeats that were made.
      await Promise.race([run.heard, run.ended]);
      left = run.left();
      run.environment.cancel();
      error = await run.ended;
    } else {
      error = await run.ended;
      left = run.left();
    }
  }
  return { left, error };
}
const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);
const goneWrong = fails(new Error('the store is down'));
const lost = { type: 'engine_worker_lost', nonRetryable: true, details: [{ deaths: MOST_DEATHS }] };

describe('the workers that died of an annotation', () => {
  it('are counted, and after the last of them it is not tried again', async () => {
    let ran = 0;
    const counts: Annotate = (request) => {
      ran += 1;
      return goneWrong(request);
    };
    const { error } = await attempts([...times(MOST_DEATHS, works), counts]);
    expect(error).toMatchObject(lost);
    expect(ran).toBe(0);
  });

  it('are one fewer than the limit: it runs, and what fails in order is tried as often as before', async () => {
    const { error, left } = await attempts([...times(MOST_DEATHS - 1, works), ...times(20, goneWrong)]);
    expect(error).toMatchObject({ message: 'the store is down' });
    expect(left).toEqual({ deaths: MOST_DEATHS - 1, isUnderWay: false });
  });

  it('add up over ends in order between them', async () => {
    const { error } = await attempts([...times(MOST_DEATHS, [goneWrong, works]).flat(), goneWrong]);
    expect(error).toMatchObject(lost);
  });

  it.for([
    ['killed', new EngineKilled('csq was ended from outside by SIGKILL'), lost],
    ['asked to end', new EngineInterrupted('csq was ended from outside by SIGTERM'), { name: 'EngineInterrupted' }],
  ] as const)('%s: an engine that somebody has ended', async ([, error, last]) => {
    expect((await attempts(times(MOST_DEATHS + 1, fails(error)))).error).toMatchObject(last);
  });

  it('are not those that were asked to stop', async () => {
    let left: unknown = { deaths: 1, isUnderWay: true };
    for (const attempt of [2, 3]) {
      const run = begin(worker(works), attempt, left);
      expect(await run.heard).toMatchObject({ deaths: 2, isUnderWay: true });
      run.environment.cancel('WORKER_SHUTDOWN', new ActivityCancellationDetails({ workerShutdown: true }));
      expect(await run.ended).toMatchObject({ type: 'worker_shutdown' });
      left = run.left();
    }
    expect(left).toEqual({ deaths: 2, isUnderWay: false });
  });

  it.for([
    ['nothing', undefined],
    ['a phase', 'annotating'],
    ['something else', { deaths: -1, isUnderWay: 'yes' }],
  ])('are none, where the attempt before left %s', async ([, left]) => {
    const run = begin(worker(goneWrong), 200, left);
    await run.ended;
    expect(run.left()).toEqual({ deaths: 0, isUnderWay: false });
  });

  it('are forgotten when an operator resets the activity', async () => {
    const run = begin(worker(goneWrong), 1, { deaths: MOST_DEATHS, isUnderWay: false });
    expect(await run.ended).toMatchObject({ message: 'the store is down' });
  });
});

it('a first attempt that is soon over says nothing', async () => {
  const run = begin(worker(goneWrong), 1, undefined);
  await run.ended;
  expect(run.beats).toEqual([]);
});

describe('annotations beside which workers died twice', () => {
  const suspect = { deaths: 2, isUnderWay: false };

  it('run one after the other in one worker, and one that waits is not under way', async () => {
    const shared = worker(works);
    const first = begin(shared, 9, suspect);
    expect(await first.heard).toMatchObject({ isUnderWay: true });
    const second = begin(shared, 9, suspect);
    expect(await second.heard).toMatchObject({ deaths: 2, isUnderWay: false });
    // Others have no part in it.
    const fresh = begin(shared, 9, { deaths: 0, isUnderWay: true });
    expect(await fresh.heard).toMatchObject({ deaths: 1, isUnderWay: true });
    first.environment.cancel();
    await expect.poll(() => second.beats.at(-1), { interval: 5 }).toMatchObject({ deaths: 2, isUnderWay: true });
    for (const { environment } of [second, fresh]) environment.cancel();
    await Promise.all([first.ended, second.ended, fresh.ended]);
  });

  it('that had to wait say so in time: the engine begins when Temporal has heard of it', async () => {
    const shared = worker(works);
    const first = begin(shared, 9, suspect);
    await first.heard;
    let begunAtMs: number | undefined;
    shared.engine.annotate = (request) => {
      begunAtMs = performance.now();
      return works(request);
    };
    const second = begin(shared, 9, suspect, 200);
    let toldAtMs: number | undefined;
    second.environment.on('heartbeat', ({ isUnderWay }: { isUnderWay: boolean }) => {
      if (isUnderWay) toldAtMs ??= performance.now();
    });
    await second.heard;
    first.environment.cancel();
    await expect.poll(() => begunAtMs, { interval: 5 }).toBeTypeOf('number');
    // A timer may be a millisecond early.
    expect((begunAtMs ?? 0) - (toldAtMs ?? 0)).toBeGreaterThanOrEqual(199);
    expect(toldAtMs).toBeTypeOf('number');
    second.environment.cancel();
    await Promise.all([first.ended, second.ended]);
  });

  it('end where they wait, when they are cancelled, and keep nobody waiting', async () => {
    const shared = worker(works);
    const [first, second, third] = [1, 2, 3].map(() => begin(shared, 9, suspect));
    second?.environment.cancel();
    expect(await second?.ended).toBeInstanceOf(CancelledFailure);
    first?.environment.cancel();
    expect(await third?.heard).toMatchObject({ isUnderWay: true });
    third?.environment.cancel();
    await third?.ended;
  });
});
