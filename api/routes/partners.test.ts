// Partners, their tokens and webhook endpoints, over the API: who may manage them, what is shown once, and what ends them.

import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditLog, serviceTokens, users, webhookEndpoints } from '../../db/schema/index.ts';
import { createInstallationToken } from '../../db/service-tokens.ts';
import { enqueueWebhook } from '../../db/webhooks.ts';
import { messageId, partnerId, workflowIds } from '../../domain/ids.ts';
import { system, type Role } from '../../domain/principal.ts';
import { startTestGateway, type Call, type TestGateway, type TestUser } from '../../tests/support/gateway.ts';
import { makeLaboratory } from '../../tests/support/partner-bench.ts';
import { startReceiver, type Receiver } from '../../tests/support/receiver.ts';
import { newServiceToken } from '../auth/service.ts';

let gateway: TestGateway;
let receiver: Receiver;
let admin: TestUser;
let stranger: TestUser;
beforeAll(async () => {
  receiver = await startReceiver();
  gateway = await startTestGateway({ settings: { WEBHOOK_ALLOWED_PRIVATE: receiver.hostPort } });
  [admin, stranger] = await Promise.all([gateway.user(), gateway.user()]);
  await makeLaboratory(gateway.database, admin.user);
  await makeLaboratory(gateway.database, stranger.user);
});
afterAll(async () => {
  await gateway.close();
  await receiver.stop();
});

const add = async (body: Record<string, unknown> = {}, call: Call = admin.token) => {
  const answer = await call('POST', '/partners', { body: { name: `Partner ${randomUUID()}`, ...body } });
  expect([answer.status, answer.error]).toEqual([201, undefined]);
  // Asserted by the first test.
  return answer.body as {
    partner_id: string;
    token_id: string;
    token: string;
    endpoint_id: string;
    webhook_secret: string;
  };
};
const withToken = (token: string): Call => gateway.caller({ Authorization: `Bearer ${token}` });
const typeOf = async (call: Call, path: string, method: 'GET' | 'POST' = 'GET') => {
  const { status, error } = await call(method, path);
  return [status, error?.type];
};
const DELIVERIES = '/partner/v1/deliveries';

describe('a partner', () => {
  it('is added with a token and a webhook secret, which are shown this once', async () => {
    const made = await add({ name: 'St. Anna Hospital', email: 'lab@partner.test', webhook_url: receiver.url });
    expect(made.token).toMatch(/^vlst_[\w-]{43}$/);
    expect(made.webhook_secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const shown = await admin.token('GET', `/partners/${made.partner_id}`);
    expect(shown.body).toMatchObject({ name: 'St. Anna Hospital', email: 'lab@partner.test', disabled_at: null });
    const rest = await Promise.all(
      ['', '/tokens', '/webhooks', `/webhooks/${made.endpoint_id}`, `/webhooks/${made.endpoint_id}/messages`].map(
        async (path) => JSON.stringify((await admin.token('GET', `/partners/${made.partner_id}${path}`)).body),
      ),
    );
    for (const text of rest) {
      expect(text).toContain('"status":"success"');
      expect(text).not.toContain(made.token);
      expect(text).not.toContain(made.webhook_secret);
    }
    const again = await admin.token('POST', '/partners', { body: { name: 'St. Anna Hospital' } });
    expect([again.status, again.error?.type]).toEqual([409, 'partner_exists']);
    const audited = await gateway.database.write(system('test'), (tx) =>
      tx.select().from(auditLog).where(eq(auditLog.entityId, made.partner_id)),
    );
    expect(audited).toMatchObject([{ action: 'partner.created', actor: `user:${admin.user.userId}` }]);
  });

  it('needs no webhook', async () => {
    const made = await add();
    expect([made.endpoint_id, made.webhook_secret]).toEqual([null, null]);
    expect((await admin.token('GET', `/partners/${made.partner_id}/webhooks`)).body['endpoints']).toEqual([]);
  });

  it('is listed with the others, page by page, and those of another laboratory are not', async () => {
    const theirs = await add({}, stranger.token);
    const mine = [await add(), await add()].map(({ partner_id }) => partner_id).toReversed();
    const first = await admin.token('GET', '/partners?limit=1');
    const second = await admin.token('GET', `/partners?limit=1&cursor=${String(first.body['next'])}`);
    const idsOf = ({ body }: { body: Record<string, unknown> }) =>
      (body['partners'] as { partner_id: string }[]).map(({ partner_id }) => partner_id);
    expect([...idsOf(first), ...idsOf(second)]).toEqual(mine);
    expect(idsOf(await admin.token('GET', '/partners'))).not.toContain(theirs.partner_id);
  });

  it('that is disabled is refused at once, and so is what goes to it', async () => {
    const made = await add({ webhook_url: receiver.url });
    const partner = withToken(made.token);
    expect((await partner('GET', DELIVERIES)).status).toBe(200);
    expect((await admin.token('DELETE', `/partners/${made.partner_id}`)).status).toBe(200);
    expect((await admin.token('DELETE', `/partners/${made.partner_id}`)).status).toBe(200);
    expect(await typeOf(partner, DELIVERIES)).toEqual([403, 'partner_disabled']);
    const webhooks = await admin.token('GET', `/partners/${made.partner_id}/webhooks`);
    expect(webhooks.body['endpoints']).toMatchObject([{ disabled_reason: 'partner_disabled' }]);
    const path = `/partners/${made.partner_id}/webhooks/${made.endpoint_id}`;
    expect(await typeOf(admin.token, `${path}/test`, 'POST')).toEqual([409, 'endpoint_disabled']);
    expect(await typeOf(admin.token, `${path}/enable`, 'POST')).toEqual([403, 'partner_disabled']);
    const more = await admin.token('POST', `/partners/${made.partner_id}/tokens`, { body: {} });
    expect([more.status, more.error?.type]).toEqual([403, 'partner_disabled']);
  });
});

describe('a webhook URL', () => {
  it.for([
    ['http://partner.example/hooks', 'not_https'],
    ['https://127.0.0.1/hooks', 'private_address'],
    ['https://localhost/hooks', 'private_address'],
    ['https://[::ffff:10.0.0.1]/', 'private_address'],
    ['https://169.254.169.254/', 'private_address'],
    ['https://user:secret@partner.example/', 'has_credentials'],
    ['https://unknown.invalid/', 'unknown_host'],
    ['hooks', 'not_a_url'],
  ] as const)('%s is refused: %s', async ([url, reason]) => {
    const made = await admin.token('POST', '/partners', { body: { name: randomUUID(), webhook_url: url } });
    expect([made.status, made.error?.type, made.error?.details]).toEqual([422, 'webhook_url_refused', { reason }]);
    const { partner_id, endpoint_id } = await add({ webhook_url: receiver.url });
    for (const [method, path] of [
      ['POST', `/partners/${partner_id}/webhooks`],
      ['PUT', `/partners/${partner_id}/webhooks/${endpoint_id}`],
    ] as const) {
      const { error } = await admin.token(method, path, { body: { url } });
      expect([error?.type, error?.details]).toEqual(['webhook_url_refused', { reason }]);
    }
  });
});

describe('a webhook endpoint', () => {
  it('is added, moved, given another secret, and removed', async () => {
    const { partner_id, endpoint_id } = await add({ webhook_url: receiver.url });
    const path = `/partners/${partner_id}/webhooks`;
    const second = await admin.token('POST', path, { body: { url: `${receiver.url}/second` } });
    expect(second.status).toBe(201);
    const moved = await admin.token('PUT', `${path}/${endpoint_id}`, { body: { url: `${receiver.url}/moved` } });
    expect(moved.body).toMatchObject({ endpoint_id, url: `${receiver.url}/moved`, disabled_at: null });
    const rotated = await admin.token('POST', `${path}/${endpoint_id}/rotate`);
    expect(rotated.body['webhook_secret']).toMatch(/^whsec_/);
    const { body } = await admin.token('GET', `${path}/${endpoint_id}`);
    const [fresh, old] = body['secrets'] as { created_at: string; expires_at: string | null }[];
    expect(fresh?.expires_at).toBeNull();
    const overlapHours = (Date.parse(old?.expires_at ?? '') - Date.now()) / 3_600_000;
    expect(overlapHours).toBeGreaterThan(23.9);
    expect(overlapHours).toBeLessThanOrEqual(24);
    expect((await admin.token('DELETE', `${path}/${endpoint_id}`)).status).toBe(200);
    expect(await typeOf(admin.token, `${path}/${endpoint_id}`)).toEqual([404, 'not_found']);
    expect((await admin.token('GET', path)).body['endpoints']).toHaveLength(1);
  });

  it('may be one of ten', async () => {
    const { partner_id } = await add();
    const path = `/partners/${partner_id}/webhooks`;
    const answers = [];
    for (let made = 0; made < 11; made++)
      answers.push(await admin.token('POST', path, { body: { url: receiver.url } }));
    expect(answers.map(({ status }) => status)).toEqual([...Array.from({ length: 10 }, () => 201), 409]);
    expect(answers.at(-1)?.error?.type).toBe('endpoint_limit');
  });

  it('that was disabled is enabled again', async () => {
    const { partner_id, endpoint_id } = await add({ webhook_url: receiver.url });
    await gateway.database.write(system('test'), (tx) =>
      tx
        .update(webhookEndpoints)
        .set({ disabledAt: new Date(), disabledReason: 'failing', failuresInARow: 20, failingSince: new Date() })
        .where(eq(webhookEndpoints.endpointId, endpoint_id)),
    );
    const path = `/partners/${partner_id}/webhooks/${endpoint_id}`;
    expect(await typeOf(admin.token, `${path}/test`, 'POST')).toEqual([409, 'endpoint_disabled']);
    const enabled = await admin.token('POST', `${path}/enable`);
    expect(enabled.body).toMatchObject({ disabled_at: null, failures_in_a_row: 0, failing_since: null });
    expect((await admin.token('POST', `${path}/test`)).status).toBe(202);
  });

  it('is tested, and a message sent again, by a saga that the gateway starts', async () => {
    const { partner_id, endpoint_id } = await add({ webhook_url: receiver.url });
    const path = `/partners/${partner_id}/webhooks/${endpoint_id}`;
    const { body } = await admin.token('POST', `${path}/test`);
    const id = messageId(String(body['message_id']));
    await gateway.dependencies.afterwards.settled();
    const { status, type } = await gateway.temporal.workflow.getHandle(workflowIds.webhook(id)).describe();
    expect([status.name, type]).toEqual(['RUNNING', 'deliverWebhook']);
    const log = await admin.token('GET', `${path}/messages`);
    expect(log.body['messages']).toMatchObject([
      {
        message_id: id,
        event_type: 'webhook.tested',
        state: 'pending',
        is_test: true,
        delivery_id: null,
        attempts: [],
      },
    ]);
    expect((await admin.token('POST', `${path}/messages/${id}/resend`)).status).toBe(202);
    await gateway.dependencies.afterwards.settled();
    const history = await gateway.temporal.workflow.getHandle(workflowIds.webhook(id)).fetchHistory();
    const signals = history.events?.filter((event) => event.workflowExecutionSignaledEventAttributes);
    expect(signals).toHaveLength(2);
    expect(await typeOf(admin.token, `${path}/messages/${randomUUID()}/resend`, 'POST')).toEqual([404, 'not_found']);
    // A message of another endpoint is not one of this.
    const other = await add({ webhook_url: receiver.url });
    const elsewhere = `/partners/${other.partner_id}/webhooks/${other.endpoint_id}/messages/${id}/resend`;
    expect(await typeOf(admin.token, elsewhere, 'POST')).toEqual([404, 'not_found']);
  });

  it('has a log that says which delivery a message is about', async () => {
    const { partner_id, endpoint_id } = await add({ webhook_url: receiver.url });
    const { principal } = admin;
    const news = { partnerId: partnerId(partner_id), organizationId: principal.organizationId };
    const delivery_id = randomUUID();
    await gateway.database.write(principal, (tx) =>
      enqueueWebhook(tx, principal, { ...news, eventType: 'delivery.released', payload: { delivery_id } }),
    );
    const { body } = await admin.token('GET', `/partners/${partner_id}/webhooks/${endpoint_id}/messages`);
    expect(body['messages']).toMatchObject([{ event_type: 'delivery.released', is_test: false, delivery_id }]);
  });
});

describe('a service token', () => {
  it('is changed over without a gap', async () => {
    const { partner_id, token, token_id } = await add();
    const expires_at = new Date(Date.now() + 3_600_000).toISOString();
    const path = `/partners/${partner_id}/tokens`;
    const made = await admin.token('POST', path, { body: { scopes: ['deliveries:read'], expires_at } });
    expect(made.body).toMatchObject({ expires_at });
    const [old, fresh] = [withToken(token), withToken(String(made.body['token']))];
    expect((await old('GET', DELIVERIES)).status).toBe(200);
    expect((await fresh('GET', DELIVERIES)).status).toBe(200);
    const list = await admin.token('GET', path);
    expect(list.body['tokens']).toMatchObject([
      { token_id: made.body['token_id'], scopes: ['deliveries:read'], audience: 'partner', expires_at },
      { token_id, prefix: token.slice(0, 10), last_used_at: expect.any(String) },
    ]);
    expect((await admin.token('DELETE', `${path}/${token_id}`)).status).toBe(200);
    expect((await admin.token('DELETE', `${path}/${token_id}`)).status).toBe(404);
    expect(await typeOf(old, DELIVERIES)).toEqual([401, 'unauthenticated']);
    expect((await fresh('GET', DELIVERIES)).status).toBe(200);
  });

  it('is refused outside its scopes', async () => {
    const { partner_id } = await add();
    const made = await admin.token('POST', `/partners/${partner_id}/tokens`, { body: { scopes: ['deliveries:read'] } });
    const reader = withToken(String(made.body['token']));
    const id = randomUUID();
    expect(await typeOf(reader, `${DELIVERIES}/${id}`)).toEqual([404, 'not_found']);
    expect(await typeOf(reader, `${DELIVERIES}/${id}/manifest`)).toEqual([403, 'wrong_scope']);
    expect(await typeOf(reader, `${DELIVERIES}/${id}/acknowledge`, 'POST')).toEqual([403, 'wrong_scope']);
  });

  it('for one callee is refused by every other', async () => {
    const { token } = await add();
    const keep = async (audience: 'internal' | 'codec', scope: 'operations:read' | 'payloads:decode') => {
      const { secret, kept } = newServiceToken([scope]);
      await createInstallationToken(gateway.database, { ...kept, caller: 'dashboard', audience });
      return withToken(secret);
    };
    const callers = {
      partner: withToken(token),
      internal: await keep('internal', 'operations:read'),
      codec: await keep('codec', 'payloads:decode'),
    };
    expect((await callers.internal('GET', '/internal/v1/status')).body).toMatchObject({
      jobs: expect.any(Object),
      deliveries: expect.any(Object),
      webhooks: expect.objectContaining({ pending: expect.any(Number) }),
      oldest_pending_webhook_seconds: expect.any(Number),
    });
    expect(await typeOf(callers.partner, '/internal/v1/status')).toEqual([403, 'wrong_audience']);
    expect(await typeOf(callers.codec, '/internal/v1/status')).toEqual([403, 'wrong_audience']);
    expect(await typeOf(callers.internal, DELIVERIES)).toEqual([403, 'wrong_audience']);
    expect(await typeOf(callers.codec, DELIVERIES)).toEqual([403, 'wrong_audience']);
    for (const path of ['/annotations', '/partners', '/me', '/audit', '/subscription']) {
      for (const call of Object.values(callers)) expect((await call('GET', path)).status).toBe(401);
    }
  });

  it('is nothing that a person or their program has', async () => {
    const callers = [admin.session, admin.token, await admin.withKey(), gateway.anyone, withToken('vlst_short')];
    for (const call of callers) {
      for (const path of [DELIVERIES, '/internal/v1/status']) {
        expect(await typeOf(call, path)).toEqual([401, 'unauthenticated']);
      }
    }
    const unknown = withToken(newServiceToken([]).secret);
    expect(await typeOf(unknown, DELIVERIES)).toEqual([401, 'unauthenticated']);
  });

  it('that has expired is refused, and none is made that has, or lasts for ever', async () => {
    const { partner_id, token, token_id } = await add();
    await gateway.database.write(system('test'), (tx) =>
      tx
        .update(serviceTokens)
        .set({ expiresAt: new Date(Date.now() - 1000) })
        .where(eq(serviceTokens.tokenId, token_id)),
    );
    expect(await typeOf(withToken(token), DELIVERIES)).toEqual([401, 'unauthenticated']);
    for (const expires_at of [new Date(0).toISOString(), '2999-01-01T00:00:00Z']) {
      const refused = await admin.token('POST', `/partners/${partner_id}/tokens`, { body: { expires_at } });
      expect([refused.status, refused.error?.type]).toEqual([422, 'invalid_request']);
    }
    const scope = await admin.token('POST', `/partners/${partner_id}/tokens`, {
      body: { scopes: ['operations:read'] },
    });
    expect(scope.status).toBe(422);
  });

  it('may be one of twenty', async () => {
    const { partner_id } = await add();
    const statuses = [];
    for (let made = 0; made < 20; made++) {
      statuses.push((await admin.token('POST', `/partners/${partner_id}/tokens`, { body: {} })).status);
    }
    expect(statuses).toEqual([...Array.from({ length: 19 }, () => 201), 409]);
  });
});

describe('who may', () => {
  type Request = [Parameters<Call>[0], string, ('delivery.read' | undefined)?, unknown?];
  const requests: Request[] = [
    ['GET', '', 'delivery.read'],
    ['GET', '/tokens'],
    ['POST', '/tokens', undefined, {}],
    ['DELETE', '/tokens/TOKEN'],
    ['GET', '/webhooks'],
    ['POST', '/webhooks', undefined, { url: 'https://8.8.8.8/' }],
    ['GET', '/webhooks/ENDPOINT'],
    ['PUT', '/webhooks/ENDPOINT', undefined, { url: 'https://8.8.8.8/' }],
    ['POST', '/webhooks/ENDPOINT/rotate'],
    ['POST', '/webhooks/ENDPOINT/enable'],
    ['POST', '/webhooks/ENDPOINT/test'],
    ['GET', '/webhooks/ENDPOINT/messages'],
    ['POST', '/webhooks/ENDPOINT/messages/MESSAGE/resend'],
    ['DELETE', '/webhooks/ENDPOINT'],
    ['DELETE', ''],
  ];

  it.for(requests)(
    '%s /partners/ID%s: nobody of another laboratory, and of one’s own, only who has the role',
    async ([method, path, isRead, body]) => {
      const made = await add({ webhook_url: receiver.url });
      const test = await admin.token('POST', `/partners/${made.partner_id}/webhooks/${made.endpoint_id}/test`);
      const full = `/partners/${made.partner_id}${path}`
        .replace('TOKEN', made.token_id)
        .replace('ENDPOINT', made.endpoint_id)
        .replace('MESSAGE', String(test.body['message_id']));
      const request = body === undefined ? {} : { body };
      const key = await admin.withKey();
      expect((await key(method, full, request)).status).toBe(403);
      expect((await gateway.anyone(method, full, request)).status).toBe(401);
      expect((await stranger.token(method, full, request)).status).toBe(404);
      for (const role of ['member', 'technical', 'licensed', 'director', 'admin'] as const satisfies Role[]) {
        await makeLaboratory(gateway.database, admin.user, role);
        const { status } = await admin.token(method, full, request);
        await makeLaboratory(gateway.database, admin.user, 'admin');
        const mayNot = role !== 'admin' && !isRead;
        expect([role, status === 403, status < 300]).toEqual([role, mayNot, !mayNot]);
      }
      await gateway.dependencies.afterwards.settled();
    },
  );

  it('POST /partners: administrators of a laboratory', async () => {
    const personal = await gateway.user();
    const request = { body: { name: 'P' } };
    await gateway.database.write(system('test'), (tx) =>
      tx.update(users).set({ role: 'admin' }).where(eq(users.userId, personal.user.userId)),
    );
    expect((await personal.token('POST', '/partners', request)).status).toBe(403);
    await makeLaboratory(gateway.database, personal.user, 'director');
    expect((await personal.token('POST', '/partners', request)).status).toBe(403);
    await makeLaboratory(gateway.database, personal.user, 'admin');
    expect((await personal.token('POST', '/partners', request)).status).toBe(201);
  });
});
