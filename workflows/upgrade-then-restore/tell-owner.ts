// Mail to the owner of a subscription.

import { CancellationScope, log } from '@temporalio/workflow';
import type { SubscriptionMail } from '../../activities/mail/subscription-mail.ts';
import type { UserId } from '../../domain/ids.ts';
import { mail } from '../activities.ts';

/** Once for each occasion. Never fails the saga: what was done does not depend on the mail. */
export function tellOwner(userId: UserId, message: SubscriptionMail, occasion: string): Promise<void> {
  return CancellationScope.nonCancellable(async () => {
    try {
      await mail['mail.subscription.send']({ ...message, userId, occasion });
    } catch {
      log.error('The owner could not be told', { kind: message.kind });
    }
  });
}
