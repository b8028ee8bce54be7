// Brings every branch about and replays its fresh history. With VARLOOM_RECORD=1 the histories that are not recorded yet
// are written to `histories/`; a recorded one is never overwritten, because it stands for what ran in the past.

import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { Worker } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bundleWorkflows } from '../../workers/bundle.ts';
import { startSagaWorkers, type SagaWorkers } from '../support/models/saga-workers.ts';
import { createWorld } from '../support/models/world.ts';
import { families } from './branches.ts';
import { writeHistory } from './history-file.ts';

let code: string;
beforeAll(async () => {
  code = await bundleWorkflows();
});

// The time-skipping server stops skipping now and then after cancelled children, and a branch then takes minutes: the
// families with children are brought about anew when they are recorded, and at full size. `replay.test.ts` holds every change
// against what is recorded of them.
const isThorough = process.env['VARLOOM_RECORD'] !== undefined || process.env['VARLOOM_LONG'] !== undefined;
const chosen = Object.entries(families).filter(([name]) => isThorough || name === 'annotation');

describe.for(chosen)('%s', ([, branches]) => {
  const world = createWorld();
  let saga: SagaWorkers;
  beforeAll(async () => {
    saga = await startSagaWorkers(world.activities);
  });
  afterAll(() => saga.stop());
  afterEach(() => world.reset());

  it.for(Object.entries(branches))('%s replays', async ([name, run]) => {
    const handle = await run({ world, environment: saga.environment });
    const history = await handle.fetchHistory();
    await expect(
      Worker.runReplayHistory({ workflowBundle: { code } }, history, handle.workflowId),
    ).resolves.toBeUndefined();

    const path = new URL(`./histories/${name}.json`, import.meta.url);
    if (process.env['VARLOOM_RECORD'] && !existsSync(path)) {
      await writeFile(path, writeHistory(history, handle.workflowId));
    }
  });
});
