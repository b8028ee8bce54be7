// Stories for tests that replace, restart or break an installation while sagas are under way.

import type { RunningStack } from '../program.ts';
import { startPartnerPrograms } from './partner-programs.ts';
import { restoreStory } from './restore.ts';
import { reviewStory } from './review.ts';
import type { Story } from './story.ts';
import { upgradeStory } from './upgrade.ts';
import { webhookStory } from './webhook.ts';

export type { Story } from './story.ts';

export interface Stories {
  /** A set of each of them. */
  another: () => Story[];
  /** Ends what the stories needed outside of the installation. */
  stop: () => Promise<void>;
}

/** What gateways and workers need to be set to, besides rate limits that let the stories through. */
export const STORY_SETTINGS = {
  RETENTION_SECONDS: '2',
  // Nobody asks the archive before its notice has come: until then a restore waits.
  RESTORE_POLL_SECONDS: '3600',
} as const;

/** `reviews`: how many of them, side by side. Each other story is in a set once. Nothing is asked before they begin. */
export async function prepareStories(stack: RunningStack, { reviews }: { reviews: number }): Promise<Stories> {
  const partners = await startPartnerPrograms(stack);
  const stage = { stack, partners };
  return {
    another: () => [
      ...Array.from({ length: reviews }, () => reviewStory(stage)),
      restoreStory(stage),
      upgradeStory(stage),
      webhookStory(stage),
    ],
    stop: () => partners.stop(),
  };
}
