// A laboratory that reviews deliveries, with a world and workers of its own.

import { reviewStageIn, type ReviewStage } from './review-stage.ts';
import { startSagaWorkers, type SagaWorkers } from './saga-workers.ts';
import { createWorld, type Activities, type World } from './world.ts';

export interface OwnReviewStage extends ReviewStage {
  world: World & { activities: Activities };
  saga: SagaWorkers;
  stop(): Promise<void>;
}

export async function openReviewStage(): Promise<OwnReviewStage> {
  const world = createWorld();
  const saga = await startSagaWorkers(world.activities);
  const stage = await reviewStageIn(world, saga.environment);
  return { ...stage, world, saga, stop: () => saga.stop() };
}
