// A world on skipped time in which users pay, and workers that serve it.

import { payingSteps, type PayingSteps } from './paying-steps.ts';
import { useStage, type OwnStage } from './use-stage.ts';

export type PayingStage = PayingSteps & OwnStage;

export const usePayingStage = (): PayingStage =>
  useStage((world, saga) => ({ ...payingSteps(world, saga.environment), world, saga }));
