// How a partner would learn of a delivery, whatever became of its endpoints, its address and itself.

import { createSecretKey, randomBytes, randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { deliveryId } from '../domain/ids.ts';
import { system } from '../domain/principal.ts';
import { createWebhookSecrets } from '../process/webhook-secrets.ts';
import { addPartner } from '../tests/support/partner-bench.ts';
import { ownDatabase, type OwnDatabase } from '../tests/support/own-database.ts';
import { disablePartner } from './partners.ts';
import { partnerReach } from './partner-reach.ts';
import { partnerOf } from './review-mail.ts';
import { deliveries, partners, webhookEndpoints } from './schema/index.ts';
import { enableEndpoint, removeEndpoint } from './webhook-endpoints.ts';

const secrets = createWebhookSecrets({
  activeKeyId: 'test',
  keys: new Map([['test', createSecretKey(randomBytes(32))]]),
});
const asSystem = system('test');
let own: OwnDatabase;
beforeAll(async () => {
  own = await ownDatabase();
});
afterAll(() => own.close());

it('is by its endpoints and its address, as they are now', async () => {
  const { database } = own;
  const partner = await addPartner(database, secrets, 'https://partner.test/');
  const reach = () => database.write(partner.principal, (tx) => partnerReach(tx, partner.partnerId));
  const setEmail = (email: string | null) =>
    database.write(asSystem, (tx) =>
      tx.update(partners).set({ email }).where(eq(partners.partnerId, partner.partnerId)),
    );
  expect(await reach()).toBe('told');
  await database.write(asSystem, (tx) =>
    tx
      .update(webhookEndpoints)
      .set({ disabledAt: new Date(), disabledReason: 'failing' })
      .where(eq(webhookEndpoints.endpointId, partner.endpointId)),
  );
  expect(await reach()).toBe('unreachable');
  await setEmail('results@partner.test');
  expect(await reach()).toBe('told');
  await setEmail(null);
  await enableEndpoint(database, partner.principal, partner);
  expect(await reach()).toBe('told');
  await removeEndpoint(database, partner.principal, partner);
  expect(await reach()).toBe('asks');
});

it('is none once it is disabled: no mail goes to its address', async () => {
  const { database } = own;
  const partner = await addPartner(database, secrets, 'https://partner.test/');
  const { organizationId, userId } = partner.principal;
  const id = deliveryId(randomUUID());
  await database.write(asSystem, async (tx) => {
    await tx.update(partners).set({ email: 'results@partner.test' }).where(eq(partners.partnerId, partner.partnerId));
    const row = { deliveryId: id, organizationId, partnerId: partner.partnerId, createdBy: userId };
    await tx.insert(deliveries).values({ ...row, state: 'releasing' });
  });
  expect(await partnerOf(database, asSystem, id)).toMatchObject({ to: 'results@partner.test' });
  await disablePartner(database, partner.principal, partner.partnerId);
  expect(await database.write(asSystem, (tx) => partnerReach(tx, partner.partnerId))).toBe('disabled');
  expect(await partnerOf(database, asSystem, id)).toBeUndefined();
});
