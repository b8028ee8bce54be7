// What the sending of messages to partners must answer to its saga: run against a real receiver with Postgres behind, and
// against the model in memory.

import { createSecretKey, randomBytes, randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWebhookRecordsActivities, type WebhookRecordsActivities } from '../../activities/records/webhooks.ts';
import { createWebhookActivities, type WebhookActivities } from '../../activities/webhooks/activities.ts';
import { webhookMessages } from '../../db/schema/index.ts';
import { enqueueTest, reopenMessage } from '../../db/webhooks.ts';
import { messageId, type MessageId } from '../../domain/ids.ts';
import { LONGEST_RETRY_AFTER_SECONDS } from '../../domain/partners.ts';
import { system } from '../../domain/principal.ts';
import { createWebhookAddresses } from '../../process/webhook-address.ts';
import { createWebhookSecrets } from '../../process/webhook-secrets.ts';
import { createMemoryWebhooks, type ReceiverModel } from '../support/models/memory-webhooks.ts';
import { ownDatabase } from '../support/own-database.ts';
import { addPartner, queueMessage, type BenchPartner } from '../support/partner-bench.ts';
import { startReceiver, type Behaviour } from '../support/receiver.ts';

interface Subject {
  activities: WebhookActivities & WebhookRecordsActivities;
  /** A message to a partner of its own, whose program behaves like this. */
  add: (receiver: ReceiverModel, options?: { isTest?: boolean }) => Promise<MessageId>;
  /** As when a person has it sent again. */
  reopen: (id: MessageId) => Promise<void>;
  attempts: (id: MessageId) => number;
  /** As though it had been queued long ago, and nobody had tried. */
  neglect: (id: MessageId) => Promise<void>;
  close: () => Promise<void>;
}

async function inMemory(): Promise<Subject> {
  const model = createMemoryWebhooks(async () => Date.now());
  const messages = new Map<MessageId, ReturnType<typeof model.add>>();
  const find = (id: MessageId) => {
    const message = messages.get(id);
    if (!message) throw new Error('not added here');
    return message;
  };
  return {
    activities: model.activities,
    add: async (receiver, options) => {
      const message = model.add(receiver, options);
      messages.set(message.messageId, message);
      return message.messageId;
    },
    reopen: async (id) => model.reopen(find(id)),
    attempts: (id) => find(id).attemptsAtMs.length,
    neglect: async (id) => void model.untended.push(find(id)),
    close: async () => {},
  };
}

async function real(): Promise<Subject> {
  const { database, close } = await ownDatabase();
  const receiver = await startReceiver();
  const asSystem = system('test');
  const secrets = createWebhookSecrets({
    activeKeyId: 'test',
    keys: new Map([['test', createSecretKey(randomBytes(32))]]),
  });
  const partners = new Map<string, BenchPartner>();
  const receivers = new Map<string, ReceiverModel>();
  const attempts = new Map<string, number>();
  const behave: Behaviour = (_incoming, answer, { headers }) => {
    const id = headers['webhook-id'] ?? '';
    const attempt = (attempts.get(id) ?? 0) + 1;
    attempts.set(id, attempt);
    const does = receivers.get(id)?.(attempt);
    if (typeof does === 'object') answer.writeHead(503, { 'Retry-After': String(does.retryAfterSeconds) }).end();
    else answer.writeHead(does === 'takes' ? 204 : does === 'is gone' ? 410 : 500).end();
  };
  receiver.behave = behave;
  const partnerOf = (id: MessageId) => {
    const partner = partners.get(id);
    if (!partner) throw new Error('not added here');
    return partner;
  };
  const dependencies = { database, principal: () => asSystem };
  return {
    activities: {
      ...createWebhookActivities({
        ...dependencies,
        secrets,
        addresses: createWebhookAddresses([receiver.hostPort]),
      }),
      ...createWebhookRecordsActivities(dependencies),
    },
    add: async (model, { isTest = false } = {}) => {
      const partner = await addPartner(database, secrets, receiver.url);
      const id = isTest
        ? await enqueueTest(database, partner.principal, partner)
        : await queueMessage(database, partner);
      partners.set(id, partner);
      receivers.set(id, model);
      return id;
    },
    reopen: (id) => reopenMessage(database, partnerOf(id).principal, partnerOf(id), id),
    attempts: (id) => attempts.get(id) ?? 0,
    neglect: async (id) => {
      await database.write(asSystem, (tx) =>
        tx
          .update(webhookMessages)
          .set({ createdAt: sql`now() - interval '1 hour'` })
          .where(eq(webhookMessages.messageId, id)),
      );
    },
    close: async () => {
      await receiver.stop();
      await close();
    },
  };
}

const organizationId: unknown = expect.any(String);

describe.for([
  ['the model in memory', inMemory],
  ['a real receiver and Postgres', real],
] as const)('%s', ([, create]) => {
  let subject: Subject;
  beforeAll(async () => {
    subject = await create();
  });
  afterAll(() => subject.close());

  const send = (id: MessageId) => subject.activities['webhooks.message.send']({ messageId: id });
  const giveUp = (id: MessageId) => subject.activities['records.webhook.giveUp']({ messageId: id });
  const untended = () => subject.activities['records.webhook.listUntended']();

  it.for([
    ['takes', 'delivered'],
    ['is gone', 'cancelled'],
  ] as const)('a message whose receiver %s is %s, and is not sent again', async ([does, state]) => {
    const id = await subject.add(() => does);
    expect(await send(id)).toEqual({ state, retryAfterSeconds: null, isTest: false, organizationId });
    expect(await send(id)).toEqual({ state, retryAfterSeconds: null, isTest: false, organizationId });
    expect(await giveUp(id)).toBe(state);
    expect(subject.attempts(id)).toBe(1);
  });

  it('a message whose receiver fails waits, until it is taken', async () => {
    const id = await subject.add((attempt) => (attempt < 3 ? 'fails' : 'takes'));
    const pending = { state: 'pending', retryAfterSeconds: null, isTest: false, organizationId };
    expect([await send(id), await send(id)]).toEqual([pending, pending]);
    expect(await send(id)).toMatchObject({ state: 'delivered' });
    expect(subject.attempts(id)).toBe(3);
  });

  it.for([
    [30, 30],
    [10 * LONGEST_RETRY_AFTER_SECONDS, LONGEST_RETRY_AFTER_SECONDS],
  ])('a receiver that asks for %i seconds is given %i', async ([asked = 0, given]) => {
    const id = await subject.add(() => ({ retryAfterSeconds: asked }));
    expect(await send(id)).toEqual({ state: 'pending', retryAfterSeconds: given, isTest: false, organizationId });
  });

  it('a test says that it is one while somebody waits for its outcome', async () => {
    const id = await subject.add(() => 'fails', { isTest: true });
    expect(await send(id)).toEqual({ state: 'pending', retryAfterSeconds: null, isTest: true, organizationId });
    expect(await giveUp(id)).toBe('failed');
    expect(await send(id)).toEqual({ state: 'failed', retryAfterSeconds: null, isTest: false, organizationId });
    const taken = await subject.add(() => 'takes', { isTest: true });
    expect(await send(taken)).toEqual({ state: 'delivered', retryAfterSeconds: null, isTest: true, organizationId });
  });

  it('a message that was given up on has failed, however often, until a person has it sent again', async () => {
    const id = await subject.add((attempt) => (attempt === 1 ? 'fails' : 'takes'));
    await send(id);
    expect([await giveUp(id), await giveUp(id)]).toEqual(['failed', 'failed']);
    expect(await send(id)).toMatchObject({ state: 'failed' });
    await subject.reopen(id);
    expect(await send(id)).toMatchObject({ state: 'delivered' });
    expect(subject.attempts(id)).toBe(2);
  });

  it('a message that nobody has tried is found, and none that is fresh or has ended', async () => {
    const [old, fresh, ended] = [
      await subject.add(() => 'takes'),
      await subject.add(() => 'takes'),
      await subject.add(() => 'takes'),
    ];
    for (const id of [old, ended]) await subject.neglect(id);
    await send(ended);
    const found = await untended();
    expect([old, fresh, ended].map((id) => found.includes(id))).toEqual([true, false, false]);
    await send(old);
    expect(await untended()).not.toContain(old);
  });

  it('a message that there is not cannot be sent', async () => {
    await expect(send(messageId(randomUUID()))).rejects.toThrow(/there is no/i);
  });
});
