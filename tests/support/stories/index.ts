// Stories for tests that replace, restart or break an installation while sagas are under way.

import type { RunningStack } from '../program.ts';
import { startPartnerPrograms } from './partner-programs.ts';
import { reviewStory } from './review.ts';
import type { Story } from './story.ts';

export type { Story } from './story.ts';

export interface Stories {
  stories: Story[];
  /** Ends what the stories needed outside of the installation. */
  stop: () => Promise<void>;
}

/** `reviews`: how many of them, side by side. Each other story is there once. Nothing is asked before they begin. */
export async function prepareStories(stack: RunningStack, { reviews }: { reviews: number }): Promise<Stories> {
  const partners = await startPartnerPrograms(stack);
  const stage = { stack, partners };
  return {
    stories: [...Array.from({ length: reviews }, () => reviewStory(stage))],
    stop: () => partners.stop(),
  };
}
