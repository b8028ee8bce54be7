// A laboratory that reviews deliveries, with a world and workers of its own.

import { reviewStageIn, type ReviewStage } from './review-stage.ts';
import { useStage, type OwnStage } from './use-stage.ts';

export type OwnReviewStage = ReviewStage & OwnStage;

/** After each test its deliveries are ended. */
export const useReviewStage = (): OwnReviewStage =>
  useStage(
    async (world, saga) => ({ ...(await reviewStageIn(world, saga.environment)), world, saga }),
    (stage) => stage.finish(),
  );
