// Which messages the Schedule finds: those that wait and may have no saga, and none that is in good hands.

import { createSecretKey, randomBytes, randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { MessageId } from '../domain/ids.ts';
import { WEBHOOK_RETRY_SECONDS } from '../domain/partners.ts';
import { system } from '../domain/principal.ts';
import { createWebhookSecrets } from '../process/webhook-secrets.ts';
import { addPartner, queueMessage, type BenchPartner } from '../tests/support/partner-bench.ts';
import { ownDatabase, type OwnDatabase } from '../tests/support/own-database.ts';
import type { Database } from './client.ts';
import { webhookAttempts, webhookMessages } from './schema/index.ts';
import { giveUpMessage, recordAttempt, untendedMessages } from './webhook-sending.ts';
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

const untended = async () => new Set(await untendedMessages(database, asSystem, 1000));
const ago = (seconds: number) => sql`now() - make_interval(secs => ${seconds}::float8)`;

/** A message that was queued an hour ago, and whose last attempt, if there was one, failed so many seconds ago. */
async function waiting(lastAttemptSeconds?: number): Promise<MessageId> {
  const id = await queueMessage(database, partner);
  await database.write(asSystem, async (tx) => {
    await tx
      .update(webhookMessages)
      .set({ createdAt: ago(3600) })
      .where(eq(webhookMessages.messageId, id));
    if (lastAttemptSeconds === undefined) return;
    const { organizationId } = partner.principal;
    const attempt = { organizationId, messageId: id, status: 500, outcome: '', durationMs: 1 };
    await tx.insert(webhookAttempts).values({ ...attempt, attemptId: randomUUID(), at: ago(90_000_000) });
    await tx.insert(webhookAttempts).values({ ...attempt, attemptId: randomUUID(), at: ago(lastAttemptSeconds) });
  });
  return id;
}

it('finds a message that nobody has tried, once its starter has had its time', async () => {
  const [old, fresh] = [await waiting(), await queueMessage(database, partner)];
  const found = await untended();
  expect([found.has(old), found.has(fresh)]).toEqual([true, false]);
});

it('leaves one that waits for its next attempt alone, and finds one whose next attempt is overdue', async () => {
  const longest = Math.max(...WEBHOOK_RETRY_SECONDS);
  const [inTime, overdue] = [await waiting(longest * 1.1), await waiting(longest * 1.3)];
  const found = await untended();
  expect([found.has(inTime), found.has(overdue)]).toEqual([false, true]);
});

it('finds none that has ended, and one that is to be sent again although it was tried a moment ago', async () => {
  const [delivered, failed, again] = [await waiting(), await waiting(), await waiting(60)];
  const attempt = { status: 200, outcome: '', durationMs: 1, verdict: 'delivered' } as const;
  expect(await recordAttempt(database, asSystem, delivered, attempt)).toBe('delivered');
  expect(await giveUpMessage(database, asSystem, failed)).toBe('failed');
  expect(await giveUpMessage(database, asSystem, again)).toBe('failed');
  await reopenMessage(database, partner.principal, partner, again);
  // Its starter is still at it.
  expect((await untended()).has(again)).toBe(false);
  await database.write(asSystem, (tx) =>
    tx
      .update(webhookMessages)
      .set({ endedAt: ago(120) })
      .where(eq(webhookMessages.messageId, again)),
  );
  const found = await untended();
  expect([delivered, failed, again].map((id) => found.has(id))).toEqual([false, false, true]);
  // After the attempt, it waits as any other does.
  await recordAttempt(database, asSystem, again, { ...attempt, status: 500, verdict: 'failed' });
  expect((await untended()).has(again)).toBe(false);
});
