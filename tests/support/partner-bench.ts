// A laboratory with a partner, for tests of what is sent to partners and of what they ask.

import { randomUUID } from 'node:crypto';
import type { Database } from '../../db/client.ts';
import { principalOf, registerUser, type User, type UserPrincipal } from '../../db/identity.ts';
import { createPartner } from '../../db/partners.ts';
import { enqueueWebhook } from '../../db/webhooks.ts';
import { organizations, users } from '../../db/schema/index.ts';
import { endpointId, messageId, partnerId, type EndpointId, type MessageId, type PartnerId } from '../../domain/ids.ts';
import { system, type Role } from '../../domain/principal.ts';
import { eq } from 'drizzle-orm';
import type { WebhookSecrets } from '../../process/webhook-secrets.ts';
import { newServiceToken } from '../../api/auth/service.ts';

/** Makes the user's own organization a laboratory, and them what they are to be there. */
export async function makeLaboratory(database: Database, user: User, role: Role = 'admin'): Promise<void> {
  await database.write(system('test'), async (tx) => {
    await tx
      .update(organizations)
      .set({ kind: 'laboratory' })
      .where(eq(organizations.organizationId, user.organizationId));
    await tx.update(users).set({ role }).where(eq(users.userId, user.userId));
  });
}

export interface BenchPartner {
  principal: UserPrincipal;
  partnerId: PartnerId;
  endpointId: EndpointId;
  /** The signing secret of the endpoint. */
  secret: string;
  /** The partner's token, with every scope. */
  token: string;
}

export async function addLaboratory(database: Database): Promise<UserPrincipal> {
  const identity = { issuer: 'http://issuer.test', subject: randomUUID(), email: 'admin@varloom.test' };
  const user = await registerUser(database, identity, { role: 'admin' });
  await makeLaboratory(database, user);
  return principalOf(user);
}

/** A partner whose endpoint is `url`, in a laboratory of its own unless one is named. */
export async function addPartner(
  database: Database,
  secrets: WebhookSecrets,
  url: string,
  laboratory?: UserPrincipal,
): Promise<BenchPartner> {
  const principal = laboratory ?? (await addLaboratory(database));
  const [id, endpoint] = [partnerId(randomUUID()), endpointId(randomUUID())];
  const secret = secrets.generate();
  const token = newServiceToken(['deliveries:read', 'deliveries:download', 'deliveries:acknowledge']);
  await createPartner(database, principal, {
    partnerId: id,
    name: `Partner ${id}`,
    email: null,
    token: token.kept,
    endpoint: { endpointId: endpoint, url, sealedSecret: secrets.seal(endpoint, secret) },
  });
  return { principal, partnerId: id, endpointId: endpoint, secret, token: token.secret };
}

/** Queues the news of a delivery for the partner's endpoint. */
export async function queueMessage(database: Database, partner: BenchPartner): Promise<MessageId> {
  const [id] = await database.write(partner.principal, (tx) =>
    enqueueWebhook(tx, partner.principal, {
      partnerId: partner.partnerId,
      organizationId: partner.principal.organizationId,
      eventType: 'delivery.released',
      payload: { delivery_id: randomUUID() },
    }),
  );
  if (!id) throw new Error('no message was queued');
  return messageId(id);
}
