// The counter of attempts to tell a partner, scraped while the real activity calls a real receiver: each attempt once, by what
// became of the message, and nothing where none was made.

import { createSecretKey, randomBytes } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createWebhookActivities, type WebhookActivities } from '../activities/webhooks/activities.ts';
import { webhookEndpoints } from '../db/schema/index.ts';
import { giveUpMessage } from '../db/webhook-sending.ts';
import type { MessageId } from '../domain/ids.ts';
import { DEAD_ENDPOINT } from '../domain/partners.ts';
import { system } from '../domain/principal.ts';
import { createLogger } from '../process/main.ts';
import { openOperations, type Operations } from '../process/operations.ts';
import { createWebhookAddresses } from '../process/webhook-address.ts';
import { createWebhookSecrets } from '../process/webhook-secrets.ts';
import { addPartner, queueMessage } from '../tests/support/partner-bench.ts';
import { answering, startReceiver, type Receiver } from '../tests/support/receiver.ts';
import { ownDatabase, type OwnDatabase } from '../tests/support/own-database.ts';
import { createWorkerMetrics } from './metrics.ts';

const secrets = createWebhookSecrets({
  activeKeyId: 'test',
  keys: new Map([['test', createSecretKey(randomBytes(32))]]),
});
const asSystem = system('test');

let own: OwnDatabase;
let receiver: Receiver;
let operations: Operations | undefined;
let activities: WebhookActivities;
beforeAll(async () => {
  [own, receiver] = await Promise.all([ownDatabase(), startReceiver()]);
  const { metrics, webhookAttempts } = createWorkerMetrics('worker-io');
  operations = await openOperations(
    { OPERATIONS_PORT: 0, OPERATIONS_HOST: '127.0.0.1' },
    {
      metrics,
      readiness: async () => ({ isReady: true, dependencies: {} }),
      logger: createLogger('test', 'silent'),
    },
  );
  activities = createWebhookActivities({
    database: own.database,
    principal: () => asSystem,
    secrets,
    addresses: createWebhookAddresses([receiver.hostPort]),
    onAttempt: webhookAttempts(),
  });
});
afterAll(async () => {
  await operations?.close();
  await receiver?.stop();
  await own?.close();
});

/** What Prometheus reads now. */
async function scraped(): Promise<Record<string, number>> {
  const text = await (await fetch(`${operations?.url}/metrics`)).text();
  const lines = [...text.matchAll(/^varloom_webhook_attempts_total\{state="(\w+)"\} (\d+)$/gm)];
  // Neither another label nor a sample without one.
  expect(text.match(/^varloom_webhook_attempts_total/gm)).toHaveLength(lines.length);
  return Object.fromEntries(lines.map(([, state = '', count]) => [state, Number(count)]));
}

/** How much each state has grown by while `work` was done. */
async function counted(work: () => Promise<unknown>): Promise<Record<string, number>> {
  const before = await scraped();
  await work();
  const grown = Object.entries(await scraped()).map(([state, count]) => [state, count - (before[state] ?? 0)] as const);
  return Object.fromEntries(grown.filter(([, by]) => by !== 0));
}

const send = (messageId: MessageId) => activities['webhooks.message.send']({ messageId });
const newPartner = () => addPartner(own.database, secrets, receiver.url);
const newMessage = async () => queueMessage(own.database, await newPartner());

it('begins with a zero for every state: a rate is known from the first attempt on', async () => {
  expect(await scraped()).toEqual({ pending: 0, delivered: 0, failed: 0, cancelled: 0 });
});

it('a message that is taken is delivered, and a repeat that finds it so is no attempt', async () => {
  receiver.behave = answering(204);
  const id = await newMessage();
  expect(await counted(() => send(id))).toEqual({ delivered: 1 });
  expect(await counted(() => send(id))).toEqual({});
});

it('each attempt at a receiver that refuses, breaks off or is not allowed is pending, until it takes the message', async () => {
  const id = await newMessage();
  receiver.behave = answering(500);
  expect(await counted(() => send(id))).toEqual({ pending: 1 });
  receiver.behave = (incoming) => void incoming.socket.destroy();
  expect(await counted(() => send(id))).toEqual({ pending: 1 });
  receiver.behave = answering(302, { location: 'http://127.0.0.1/' });
  expect(await counted(() => send(id))).toEqual({ pending: 1 });
  receiver.behave = answering(204);
  expect(await counted(() => send(id))).toEqual({ delivered: 1 });
  const elsewhere = await addPartner(own.database, secrets, 'http://127.0.0.1:9/hooks');
  const refused = await queueMessage(own.database, elsewhere);
  expect(await counted(() => send(refused))).toEqual({ pending: 1 });
});

it('a receiver that says it is gone cancels; what else waited for it is never sent, and not counted', async () => {
  const partner = await newPartner();
  const [one, other] = [await queueMessage(own.database, partner), await queueMessage(own.database, partner)];
  receiver.behave = answering(410);
  expect(await counted(() => send(one))).toEqual({ cancelled: 1 });
  expect(await counted(() => send(other))).toEqual({});
});

it('no attempt at an endpoint that has been failing for long is the last before its time; giving up is none', async () => {
  const partner = await newPartner();
  receiver.behave = answering(503);
  const last = await queueMessage(own.database, partner);
  expect(await counted(() => send(last))).toEqual({ pending: 1 });
  await own.database.write(asSystem, (tx) =>
    tx
      .update(webhookEndpoints)
      .set({ failingSince: sql`now() - make_interval(secs => ${DEAD_ENDPOINT.failingSeconds}::float8)` })
      .where(eq(webhookEndpoints.endpointId, partner.endpointId)),
  );
  const giveUp = async () => {
    await send(last);
    expect(await giveUpMessage(own.database, asSystem, last)).toBe('failed');
    await send(last);
  };
  expect(await counted(giveUp)).toEqual({ pending: 1 });
});
