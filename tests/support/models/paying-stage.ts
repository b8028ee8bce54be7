// A world on skipped time in which users pay, and workers that serve it.

import { payingSteps, type PayingSteps } from './paying-steps.ts';
import { startSagaWorkers, type SagaWorkers } from './saga-workers.ts';
import { createWorld, type Activities, type World } from './world.ts';

export interface PayingStage extends PayingSteps {
  world: World & { activities: Activities };
  saga: SagaWorkers;
  stop(): Promise<void>;
}

export async function openPayingStage(): Promise<PayingStage> {
  const world = createWorld();
  const saga = await startSagaWorkers(world.activities);
  return { ...payingSteps(world, saga.environment), world, saga, stop: () => saga.stop() };
}
