// A delivery that was taken back, or whose release was: its partner is not told any more that it is there.

import { createSecretKey, randomBytes, randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { deliveryId, type DeliveryId, type MessageId } from '../domain/ids.ts';
import { system } from '../domain/principal.ts';
import { createWebhookSecrets } from '../process/webhook-secrets.ts';
import { addPartner, type BenchPartner } from '../tests/support/partner-bench.ts';
import { ownDatabase, type OwnDatabase } from '../tests/support/own-database.ts';
import type { Database } from './client.ts';
import { announceDelivery } from './announcements.ts';
import { moveDelivery } from './deliveries.ts';
import { deliveries, webhookMessages } from './schema/index.ts';
import { outgoingMessage, recordAttempt } from './webhook-sending.ts';
import { reopenMessage } from './webhooks.ts';

const asSystem = system('test');
let own: OwnDatabase;
let database: Database;
let partner: BenchPartner;
beforeAll(async () => {
  own = await ownDatabase();
  ({ database } = own);
  const keys = { activeKeyId: 'test', keys: new Map([['test', createSecretKey(randomBytes(32))]]) };
  partner = await addPartner(database, createWebhookSecrets(keys), 'https://partner.test/');
});
afterAll(() => own.close());

/** A delivery that is being released; answers what says how the news of it stands. */
async function releasing(): Promise<{ id: DeliveryId; news: () => Promise<string>; messageId: MessageId }> {
  const id = deliveryId(randomUUID());
  const { organizationId, userId } = partner.principal;
  const row = { deliveryId: id, organizationId, partnerId: partner.partnerId, createdBy: userId };
  await database.write(asSystem, (tx) => tx.insert(deliveries).values({ ...row, state: 'releasing' }));
  const messageId = await announce(id, 'delivery.released');
  return { id, messageId, news: async () => (await outgoingMessage(database, asSystem, messageId)).state };
}

async function announce(id: DeliveryId, event: 'delivery.released' | 'delivery.revoked') {
  const { messageIds } = await announceDelivery(database, asSystem, id, { event });
  const [messageId] = messageIds;
  if (!messageId) throw new Error('nothing was announced');
  return messageId;
}

it.each(['recall', 'revoke'] as const)('after a %s its news is sent no more, and that of others is', async (move) => {
  const [taken, other] = [await releasing(), await releasing()];
  expect([await taken.news(), await other.news()]).toEqual(['pending', 'pending']);
  await moveDelivery(database, asSystem, taken.id, move);
  expect([await taken.news(), await other.news()]).toEqual(['cancelled', 'pending']);
  const revoked = await announce(taken.id, 'delivery.revoked');
  expect((await outgoingMessage(database, asSystem, revoked)).state).toBe('pending');
});

it('what has arrived stays delivered, and what is published stays on its way', async () => {
  const [arrived, published] = [await releasing(), await releasing()];
  const attempt = { status: 200, outcome: '', durationMs: 1, verdict: 'delivered' } as const;
  await recordAttempt(database, asSystem, arrived.messageId, attempt);
  await moveDelivery(database, asSystem, arrived.id, 'recall');
  expect(await arrived.news()).toBe('delivered');
  await moveDelivery(database, asSystem, published.id, 'publish');
  expect(await published.news()).toBe('pending');
});

it('what says that a delivery was released is not sent again once it was taken back', async () => {
  const { principal } = partner;
  const sendAgain = (id: MessageId) => reopenMessage(database, principal, partner, id);
  const attempt = { status: 200, outcome: '', durationMs: 1, verdict: 'delivered' } as const;
  for (const [taken, state] of [
    ['recall', 'recalled'],
    ['revoke', 'ready'],
  ] as const) {
    const { id, messageId, news } = await releasing();
    await recordAttempt(database, asSystem, messageId, attempt);
    await sendAgain(messageId);
    expect(await news()).toBe('pending');
    await recordAttempt(database, asSystem, messageId, attempt);
    await moveDelivery(database, asSystem, id, taken);
    const refused = { type: 'news_outdated', details: { state } };
    await expect(sendAgain(messageId)).rejects.toMatchObject(refused);
    expect(await news()).toBe('delivered');
    // That it was taken back may be sent again, until it is released again.
    const revoked = await announce(id, 'delivery.revoked');
    await sendAgain(revoked);
    if (taken === 'recall') continue;
    await moveDelivery(database, asSystem, id, 'release');
    expect((await outgoingMessage(database, asSystem, revoked)).state).toBe('cancelled');
    await expect(sendAgain(revoked)).rejects.toMatchObject({ type: 'news_outdated', details: { state: 'releasing' } });
  }
});

it('a release that is taken back is called so to the endpoints it was announced to, and to nobody when it was not', async () => {
  const newsOf = (id: DeliveryId) =>
    database.write(asSystem, (tx) =>
      tx
        .select({ event: webhookMessages.eventType, state: webhookMessages.state })
        .from(webhookMessages)
        .where(sql`${webhookMessages.payload} #>> '{data,delivery_id}' = ${id}`)
        .orderBy(webhookMessages.eventType),
    );
  const { id } = await releasing();
  for (let time = 0; time < 2; time++) await moveDelivery(database, asSystem, id, 'revoke');
  expect(await newsOf(id)).toEqual([
    { event: 'delivery.released', state: 'cancelled' },
    { event: 'delivery.revoked', state: 'pending' },
  ]);
  const silent = deliveryId(randomUUID());
  const { organizationId, userId } = partner.principal;
  const row = { deliveryId: silent, organizationId, partnerId: partner.partnerId, createdBy: userId };
  await database.write(asSystem, (tx) => tx.insert(deliveries).values({ ...row, state: 'releasing' }));
  await moveDelivery(database, asSystem, silent, 'revoke');
  expect(await newsOf(silent)).toEqual([]);
});
