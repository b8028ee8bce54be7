// One attempt at a real receiver on loopback, however it behaves: what it gets, what is logged, and what follows.

import type { ServerResponse } from 'node:http';
import { createSecretKey, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { eq, sql } from 'drizzle-orm';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../db/client.ts';
import { auditLog, outbox, webhookAttempts, webhookEndpoints, webhookMessages } from '../../db/schema/index.ts';
import { rotateEndpointSecret } from '../../db/webhook-endpoints.ts';
import { giveUpMessage } from '../../db/webhook-sending.ts';
import { enqueueTest, enqueueWebhook } from '../../db/webhooks.ts';
import type { MessageId } from '../../domain/ids.ts';
import { DEAD_ENDPOINT } from '../../domain/partners.ts';
import { system } from '../../domain/principal.ts';
import { createWebhookAddresses } from '../../process/webhook-address.ts';
import { createWebhookSecrets } from '../../process/webhook-secrets.ts';
import { addPartner, queueMessage, type BenchPartner } from '../../tests/support/partner-bench.ts';
import { answering, startReceiver, type Receiver } from '../../tests/support/receiver.ts';
import { ownDatabase, type OwnDatabase } from '../../tests/support/own-database.ts';
import { createWebhookActivities } from './activities.ts';

const secrets = createWebhookSecrets({
  activeKeyId: 'test',
  keys: new Map([['test', createSecretKey(randomBytes(32))]]),
});
const asSystem = system('test');
/** A receiver that hangs is given up on after this; all others answer in much less. */
const TIMEOUT_MS = 1_500;
/** More than all sockets on the way hold. */
const WHOLE_ANSWER_BYTES = 100 * 1024 ** 2;

let own: OwnDatabase;
let database: Database;
let receiver: Receiver;
let partner: BenchPartner;
beforeAll(async () => {
  own = await ownDatabase();
  ({ database } = own);
});
afterAll(() => own.close());
beforeEach(async () => {
  receiver = await startReceiver();
  partner = await addPartner(database, secrets, receiver.url);
});
afterEach(() => receiver.stop());

const sending = (addresses = createWebhookAddresses([receiver.hostPort])) =>
  createWebhookActivities({ database, principal: () => asSystem, secrets, addresses, timeoutMs: TIMEOUT_MS });
const send = (messageId: MessageId) => sending()['webhooks.message.send']({ messageId });

const rowOf = async (id: MessageId) =>
  database.write(asSystem, async (tx) => {
    const [message] = await tx.select().from(webhookMessages).where(eq(webhookMessages.messageId, id));
    const attempts = await tx
      .select()
      .from(webhookAttempts)
      .where(eq(webhookAttempts.messageId, id))
      .orderBy(webhookAttempts.at);
    return { state: message?.state, endedAt: message?.endedAt, attempts };
  });
const endpointRow = async (of = partner) => {
  const [row] = await database.write(asSystem, (tx) =>
    tx.select().from(webhookEndpoints).where(eq(webhookEndpoints.endpointId, of.endpointId)),
  );
  if (!row) throw new Error('there is no endpoint');
  return row;
};
const failingFor = (seconds: number) =>
  database.write(asSystem, (tx) =>
    tx
      .update(webhookEndpoints)
      .set({ failingSince: sql`now() - make_interval(secs => ${seconds}::float8)` })
      .where(eq(webhookEndpoints.endpointId, partner.endpointId)),
  );
const entriesOf = (entityId: string) =>
  database.write(asSystem, (tx) =>
    tx.select().from(auditLog).where(eq(auditLog.entityId, entityId)).orderBy(auditLog.sequence),
  );
const actionsOf = async (entityId: string) => (await entriesOf(entityId)).map(({ action }) => action);
const actorsOf = async (entityId: string) => (await entriesOf(entityId)).map(({ actor }) => actor);

const organizationId: unknown = expect.any(String);
const PENDING = { state: 'pending', retryAfterSeconds: null, isTest: false, organizationId };

describe('a message', () => {
  it('that is taken is delivered: signed, typed, logged, and not sent again', async () => {
    receiver.behave = answering(202, {}, 'thank you\0');
    const id = await queueMessage(database, partner);
    expect(await send(id)).toEqual({ ...PENDING, state: 'delivered' });
    const [received] = receiver.received;
    expect(received).toMatchObject({ method: 'POST', path: '/hooks' });
    expect(received?.headers).toMatchObject({ 'webhook-id': id, 'content-type': 'application/json' });
    expect(receiver.verify(received, partner.secret)).toMatchObject({
      type: 'delivery.released',
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
      data: { delivery_id: expect.any(String) },
    });
    expect(() => receiver.verify(received, secrets.generate())).toThrow('No matching signature');
    const row = await rowOf(id);
    expect(row).toMatchObject({ state: 'delivered', attempts: [{ status: 202, outcome: 'thank you' }] });
    expect(row.endedAt).not.toBeNull();
    expect(await actionsOf(id)).toEqual(['webhook_message.queued', 'webhook_message.delivered']);
    expect(await actorsOf(id)).toEqual([`user:${partner.principal.userId}`, 'system:deliver-webhook']);

    expect(await send(id)).toEqual({ ...PENDING, state: 'delivered' });
    expect(receiver.received).toHaveLength(1);
  });

  it('that is answered with 500 stays pending, and comes again under the same id', async () => {
    receiver.behave = answering(500, {}, 'out of order');
    const id = await queueMessage(database, partner);
    expect(await send(id)).toEqual(PENDING);
    expect((await endpointRow()).failingSince).not.toBeNull();
    receiver.behave = answering(200);
    expect((await send(id)).state).toBe('delivered');
    const ids = receiver.received.map(({ headers }) => headers['webhook-id']);
    expect(ids).toEqual([id, id]);
    for (const received of receiver.received) receiver.verify(received, partner.secret);
    expect((await rowOf(id)).attempts).toMatchObject([{ status: 500, outcome: 'out of order' }, { status: 200 }]);
    expect((await endpointRow()).failingSince).toBeNull();
  });

  it.for([
    ['before it answers', () => {}],
    ['in the middle of its answer', (_incoming: unknown, answer: ServerResponse) => void answer.write('a')],
  ] as const)('to a receiver that hangs %s is given up in time', async ([, behave]) => {
    receiver.behave = behave;
    const id = await queueMessage(database, partner);
    expect(await send(id)).toEqual(PENDING);
    const { attempts } = await rowOf(id);
    expect(attempts).toMatchObject([{ status: null, outcome: 'no answer in time' }]);
    expect(attempts[0]?.durationMs).toBeLessThan(TIMEOUT_MS + 5_000);
  });

  it('to a receiver that dies in the middle of its answer stays pending', async () => {
    receiver.behave = (_incoming, answer) => {
      answer.writeHead(200, { 'content-length': '1000' }).write('so far', () => answer.destroy());
    };
    const id = await queueMessage(database, partner);
    expect(await send(id)).toEqual(PENDING);
    expect((await rowOf(id)).attempts).toMatchObject([{ status: null, outcome: 'the connection broke off' }]);
  });

  it('to a receiver that dies before it answers, or is not there, stays pending', async () => {
    receiver.behave = (incoming) => void incoming.socket.destroy();
    const id = await queueMessage(database, partner);
    expect(await send(id)).toEqual(PENDING);
    await receiver.stop();
    expect(await send(id)).toEqual(PENDING);
    expect((await rowOf(id)).attempts.map(({ outcome }) => outcome)).toEqual([
      'the connection broke off',
      'the connection was refused',
    ]);
    receiver = await startReceiver();
  });

  it('to something that does not speak HTTP stays pending', async () => {
    const garbage = net.createServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
    await once(garbage.listen(0, '127.0.0.1'), 'listening');
    const { port } = garbage.address() as AddressInfo;
    const other = await addPartner(database, secrets, `http://127.0.0.1:${port}/`);
    const id = await queueMessage(database, other);
    const addresses = createWebhookAddresses([`127.0.0.1:${port}`]);
    expect(await sending(addresses)['webhooks.message.send']({ messageId: id })).toEqual(PENDING);
    expect((await rowOf(id)).attempts).toMatchObject([{ status: null, outcome: 'the answer is not HTTP' }]);
    garbage.close();
  });

  it.for([200, 500])(
    'that is answered with %d and 100 MB is judged by its status, and little of it is read',
    async (status) => {
      let sentBytes = 0;
      receiver.behave = (_incoming, answer) => {
        answer.writeHead(status);
        const chunk = Buffer.alloc(64 * 1024, 'x');
        const more = () => {
          while (sentBytes < WHOLE_ANSWER_BYTES && !answer.destroyed) {
            sentBytes += chunk.length;
            if (!answer.write(chunk)) return void answer.once('drain', more);
          }
          answer.end();
        };
        more();
      };
      const id = await queueMessage(database, partner);
      expect((await send(id)).state).toBe(status === 200 ? 'delivered' : 'pending');
      const { attempts } = await rowOf(id);
      expect(attempts).toMatchObject([{ status, outcome: 'x'.repeat(500) }]);
      // What the sockets hold, and no more.
      expect(sentBytes).toBeLessThan(WHOLE_ANSWER_BYTES);
    },
  );

  it('that is answered with a redirect is not sent there', async () => {
    const elsewhere = await startReceiver();
    for (const [status, location] of [
      [301, elsewhere.url],
      [302, 'http://169.254.169.254/latest/meta-data/'],
      [307, elsewhere.url],
      [308, `http://localhost:${elsewhere.port}/`],
    ] as const) {
      receiver.behave = answering(status, { location });
      const id = await queueMessage(database, partner);
      expect(await send(id)).toEqual(PENDING);
      expect((await rowOf(id)).attempts).toMatchObject([{ status, outcome: 'a redirect, which is not followed' }]);
    }
    expect(elsewhere.received).toEqual([]);
    await elsewhere.stop();
  });

  it.for([
    [429, '120', 120],
    [503, '60', 60],
    [503, '99999999', 24 * 3600],
    [503, 'soon', null],
    [500, '60', null],
  ] as const)('that is answered with %d and Retry-After: %s waits %s seconds', async ([status, header, expected]) => {
    receiver.behave = answering(status, { 'retry-after': header });
    expect(await send(await queueMessage(database, partner))).toEqual({ ...PENDING, retryAfterSeconds: expected });
  });
});

describe('an endpoint', () => {
  it('that says it is gone is disabled, and what waits for it is cancelled', async () => {
    receiver.behave = answering(410);
    const [one, other] = [await queueMessage(database, partner), await queueMessage(database, partner)];
    expect((await send(one)).state).toBe('cancelled');
    expect(await endpointRow()).toMatchObject({ disabledReason: 'gone', disabledAt: expect.any(Date) });
    expect((await rowOf(other)).state).toBe('cancelled');
    expect((await send(other)).state).toBe('cancelled');
    expect(receiver.received).toHaveLength(1);
    expect(await actionsOf(partner.endpointId)).toContain('webhook_endpoint.disabled');
    const told = await database.write(asSystem, (tx) =>
      tx
        .select()
        .from(outbox)
        .where(eq(outbox.subject, `webhook_endpoint/${partner.endpointId}`)),
    );
    expect(told).toMatchObject([{ type: 'webhook_endpoint.disabled', data: { reason: 'gone' } }]);
    // And nothing is queued for it any more.
    await expect(queueMessage(database, partner)).rejects.toThrow('no message was queued');
  });

  it('that has failed for five days is disabled when a message has had all its attempts, and not before', async () => {
    receiver.behave = answering(500);
    const id = await queueMessage(database, partner);
    expect((await send(id)).state).toBe('pending');
    await failingFor(DEAD_ENDPOINT.failingSeconds - 60);
    const other = await queueMessage(database, partner);
    expect(await giveUpMessage(database, asSystem, other)).toBe('failed');
    expect((await endpointRow()).disabledAt).toBeNull();
    await failingFor(DEAD_ENDPOINT.failingSeconds);
    expect((await send(id)).state).toBe('pending');
    expect((await endpointRow()).disabledAt).toBeNull();
    expect(await giveUpMessage(database, asSystem, id)).toBe('failed');
    expect(await endpointRow()).toMatchObject({ disabledReason: 'failing' });
  });

  it('that failed once, for a message that was taken back, has not been failing ever since', async () => {
    receiver.behave = answering(503);
    const inJanuary = await queueMessage(database, partner);
    expect((await send(inJanuary)).state).toBe('pending');
    const ago = sql`now() - interval '60 days'`;
    await database.write(asSystem, async (tx) => {
      await tx
        .update(webhookMessages)
        .set({ state: 'cancelled', createdAt: ago, endedAt: ago })
        .where(eq(webhookMessages.messageId, inJanuary));
      await tx.update(webhookAttempts).set({ at: ago }).where(eq(webhookAttempts.messageId, inJanuary));
    });
    await failingFor(60 * 24 * 3600);
    const inMarch = await queueMessage(database, partner);
    const before = Date.now() - 60_000;
    expect((await send(inMarch)).state).toBe('pending');
    expect((await endpointRow()).failingSince?.getTime()).toBeGreaterThan(before);
    expect(await giveUpMessage(database, asSystem, inMarch)).toBe('failed');
    expect(await endpointRow()).toMatchObject({ disabledAt: null, failuresInARow: 1 });
  });

  it('that was given up on for twenty messages in a row is disabled; tests do not count', async () => {
    receiver.behave = answering(500);
    for (let failed = 1; failed <= DEAD_ENDPOINT.failedMessages; failed++) {
      const test = await enqueueTest(database, partner.principal, partner);
      expect(await giveUpMessage(database, asSystem, test)).toBe('failed');
      expect((await endpointRow()).disabledAt).toBeNull();
      const id = await queueMessage(database, partner);
      expect(await giveUpMessage(database, asSystem, id)).toBe('failed');
      // Asked again after its answer was lost.
      expect(await giveUpMessage(database, asSystem, id)).toBe('failed');
      expect((await endpointRow()).failuresInARow).toBe(failed);
    }
    expect(await endpointRow()).toMatchObject({ disabledReason: 'failing' });
  });

  it('whose secret was changed gets messages that the old one still verifies, for a day', async () => {
    const secret = secrets.generate();
    await rotateEndpointSecret(database, partner.principal, partner, secrets.seal(partner.endpointId, secret));
    await send(await queueMessage(database, partner));
    const [received] = receiver.received;
    expect(received?.headers['webhook-signature']?.split(' ')).toHaveLength(2);
    expect(receiver.verify(received, partner.secret)).toEqual(receiver.verify(received, secret));

    const { secrets: kept } = await endpointRow();
    const ended = kept.map((entry) => (entry.expiresAt ? { ...entry, expiresAt: new Date().toISOString() } : entry));
    await database.write(asSystem, (tx) =>
      tx.update(webhookEndpoints).set({ secrets: ended }).where(eq(webhookEndpoints.endpointId, partner.endpointId)),
    );
    await send(await queueMessage(database, partner));
    const later = receiver.received[1];
    receiver.verify(later, secret);
    expect(() => receiver.verify(later, partner.secret)).toThrow('No matching signature');
  });

  it('keeps no secret in the clear: neither in its row nor in the audit log nor in the events', async () => {
    await send(await queueMessage(database, partner));
    const tables = [
      'webhook_endpoints',
      'webhook_messages',
      'webhook_attempts',
      'service_tokens',
      'audit_log',
      'outbox',
    ];
    for (const table of tables) {
      const rows = await database.write(asSystem, (tx) => tx.execute(sql.raw(`select t::text from ${table} t`)));
      const text = JSON.stringify(rows);
      for (const secret of [partner.secret, partner.secret.slice('whsec_'.length), partner.token]) {
        expect([table, text.includes(secret)]).toEqual([table, false]);
      }
    }
  });
});

describe('an address', () => {
  it('is looked up once, and what was checked is what is called', async () => {
    let lookups = 0;
    const host = `rebound.test:${receiver.port}`;
    const addresses = createWebhookAddresses([host], async () => {
      lookups += 1;
      return [{ address: '127.0.0.1', family: 4 }];
    });
    const other = await addPartner(database, secrets, `http://${host}/hooks`);
    const id = await queueMessage(database, other);
    // The name means nothing to this machine's resolver: only the checked address can have been called.
    expect((await sending(addresses)['webhooks.message.send']({ messageId: id })).state).toBe('delivered');
    expect(lookups).toBe(1);
    expect(receiver.received[0]?.headers['host']).toBe(host);
  });

  it('that has come to mean a private host is not called, at any attempt', async () => {
    const other = await addPartner(database, secrets, `https://rebound.test:${receiver.port}/hooks`);
    const id = await queueMessage(database, other);
    for (const address of ['127.0.0.1', '10.0.0.7', '169.254.169.254', '::1', '::ffff:127.0.0.1', 'fd00::1']) {
      const addresses = createWebhookAddresses([], async () => [{ address, family: 4 }]);
      expect(await sending(addresses)['webhooks.message.send']({ messageId: id })).toEqual(PENDING);
    }
    const { attempts } = await rowOf(id);
    expect(attempts).toHaveLength(6);
    for (const { status, outcome } of attempts) {
      expect(status).toBeNull();
      expect(outcome).toMatch(/^refused: .*not on the internet/);
    }
    expect(receiver.received).toEqual([]);
  });

  it('that was allowed when it was saved, and is not any more, is not called', async () => {
    const id = await queueMessage(database, partner);
    const result = await sending(createWebhookAddresses([]))['webhooks.message.send']({ messageId: id });
    expect(result).toEqual(PENDING);
    expect((await rowOf(id)).attempts).toMatchObject([{ status: null, outcome: 'refused: it is not https' }]);
    expect(receiver.received).toEqual([]);
  });
});

it('queues a message for each endpoint of the partner, and for nobody else’s', async () => {
  const stranger = await addPartner(database, secrets, receiver.url);
  const event = { eventType: 'delivery.released', payload: {} } as const;
  const { partnerId, principal } = partner;
  const queued = await database.write(stranger.principal, (tx) =>
    enqueueWebhook(tx, stranger.principal, { ...event, partnerId, organizationId: principal.organizationId }),
  );
  // Row-level security shows the stranger no endpoint of the laboratory.
  expect(queued).toEqual([]);
});

it('signs as the package does', async () => {
  await send(await queueMessage(database, partner));
  const [received] = receiver.received;
  const {
    'webhook-id': id = '',
    'webhook-timestamp': timestamp = '',
    'webhook-signature': signature,
  } = received?.headers ?? {};
  const expected = new Webhook(partner.secret).sign(id, new Date(Number(timestamp) * 1000), received?.body ?? '');
  expect(signature).toBe(expected);
});
