// A world and its workers for all tests of a file: opened before the first, emptied after each, stopped after the last.

import { afterAll, afterEach, beforeAll } from 'vitest';
import { startSagaWorkers, type SagaWorkers } from './saga-workers.ts';
import { createWorld, type Activities, type World } from './world.ts';

export type OwnWorld = World & { activities: Activities };

export interface OwnStage {
  world: OwnWorld;
  saga: SagaWorkers;
}

/**
 * To be called once, at the top of a file. Of what it answers only the world is there at once, the rest from the first test
 * on. `tidy` ends what a test has left behind.
 */
export function useStage<Stage extends OwnStage>(
  open: (world: OwnWorld, saga: SagaWorkers) => Stage | Promise<Stage>,
  tidy?: (stage: Stage) => Promise<void>,
): Stage {
  const world = createWorld();
  // Filled before the first test.
  const stage = { world } as Stage;
  beforeAll(async () => {
    const saga = await startSagaWorkers(world.activities);
    stage.saga = saga;
    Object.assign(stage, await open(world, saga));
  });
  afterAll(() => stage.saga.stop());
  afterEach(async () => {
    world.reset();
    if (!tidy) return;
    await tidy(stage);
    world.reset();
  });
  return stage;
}

/** For sagas that need nobody but the service. */
export const useSagaStage = (): OwnStage => useStage((world, saga) => ({ world, saga }));
