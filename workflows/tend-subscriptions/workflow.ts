// Run by the Schedule `tend-subscriptions` on queue `orchestration`: tells the sagas of users of whom the payment service
// has said something that the gateway noted and could not pass on.

import { records } from '../activities.ts';
import type { UserId } from '../../domain/ids.ts';
import { tellSubscription } from '../upgrade-then-restore/tell.ts';

export async function tendSubscriptions(): Promise<{ told: number }> {
  const { userIds, before } = await records['records.event.listUntold']();
  const told: UserId[] = [];
  for (const userId of userIds) if (await tellSubscription(userId)) told.push(userId);
  if (told.length > 0) await records['records.event.recordTold']({ userIds: told, before });
  return { told: told.length };
}
