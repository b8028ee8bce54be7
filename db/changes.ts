// What every change writes beside itself, in its own transaction: an audit row, and an event where others want to know.

import type { EventType } from '../domain/events.ts';
import type { OrganizationId } from '../domain/ids.ts';
import { actorOf, type Principal } from '../domain/principal.ts';
import type { Transaction } from './client.ts';
import { auditLog, outbox } from './schema/index.ts';

export interface Change {
  organizationId: OrganizationId | string;
  entity:
    | 'annotation'
    | 'result'
    | 'upload'
    | 'user'
    | 'subscription'
    | 'session'
    | 'api_key'
    | 'reference'
    | 'sample'
    | 'delivery'
    | 'delegation'
    | 'partner'
    | 'service_token'
    | 'webhook_endpoint'
    | 'webhook_message';
  entityId: string;
  /** `<entity>.<verb in the past>`; also the type of the event, when there is one. */
  action: string;
  details?: Record<string, unknown>;
  event?: EventType;
}

export async function recordChange(tx: Transaction, principal: Principal, change: Change): Promise<void> {
  const details = change.details ?? {};
  await tx.insert(auditLog).values({
    organizationId: change.organizationId,
    actor: actorOf(principal),
    action: change.action,
    entity: change.entity,
    entityId: change.entityId,
    details,
  });
  if (change.event) {
    await tx.insert(outbox).values({
      organizationId: change.organizationId,
      type: change.event,
      subject: `${change.entity}/${change.entityId}`,
      data: details,
    });
  }
}
