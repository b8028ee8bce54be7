// Brings every branch about and replays its fresh history. With VARLOOM_RECORD=1 the histories that are not recorded yet
// are written to `histories/VERSION/`; a recorded one is never overwritten, because it stands for what ran in the past.

import { Worker } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startSagaWorkers, type SagaWorkers } from '../support/models/saga-workers.ts';
import { createWorld } from '../support/models/world.ts';
import { workflowBundle } from '../support/workflow-bundle.ts';
import { isRecording, thisRelease } from '../compatibility/release.ts';
import { branches, families, type Branch, type Stage } from './branches.ts';
import { writeHistory } from './history-file.ts';
import { recordBranches, recordHistory } from './recorded.ts';
import { createScheduledModel } from './schedule-branches.ts';

let code: string;
beforeAll(async () => {
  ({ code } = await workflowBundle());
  if (isRecording) recordBranches(thisRelease(), Object.keys(branches));
});

// The other families take a server a branch, since what one leaves behind may keep the next from skipping: they are brought
// about anew when they are recorded, and at full size. `replay.test.ts` holds every change against what is recorded of them.
const isThorough = isRecording || process.env['VARLOOM_LONG'] !== undefined;
const { annotation = {}, ...others } = families;

type Models = Pick<Stage, 'scheduled'> & { world: ReturnType<typeof createWorld> };
const createModels = (): Models => ({ world: createWorld(), scheduled: createScheduledModel() });
const serve = ({ world, scheduled }: Models) => startSagaWorkers({ ...world.activities, ...scheduled.activities });

/** Brings the branch about, and replays it. */
const play = async (name: string, run: Branch, { environment }: SagaWorkers, models: Models) => {
  const handle = await run({ ...models, environment });
  const history = await handle.fetchHistory();
  await Worker.runReplayHistory({ workflowBundle: { code } }, history, handle.workflowId);
  if (isRecording) recordHistory(thisRelease(), name, () => writeHistory(history, handle.workflowId));
};

describe('annotation', () => {
  const models = createModels();
  let saga: SagaWorkers;
  beforeAll(async () => {
    saga = await serve(models);
  });
  afterAll(() => saga?.stop());
  afterEach(() => models.world.reset());

  it.for(Object.entries(annotation))('%s replays', async ([name, run]) => {
    await expect(play(name, run, saga, models)).resolves.toBeUndefined();
  });
});

describe.for(isThorough ? Object.entries(others) : [])('%s', ([, family]) => {
  it.for(Object.entries(family))('%s replays', async ([name, run]) => {
    const models = createModels();
    const saga = await serve(models);
    try {
      await expect(play(name, run, saga, models)).resolves.toBeUndefined();
    } finally {
      await saga.stop();
    }
  });
});
