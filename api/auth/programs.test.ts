// How programs prove who they are: signed access tokens, opaque ones that the issuer is asked about, and API keys.
// And what a page's cookie is not enough for.

import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { base64url, exportJWK, generateKeyPair, UnsecuredJWT } from 'jose';
import Provider from 'oidc-provider';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiKeys } from '../../db/schema/index.ts';
import { apiKey } from '../../domain/http.ts';
import { system } from '../../domain/principal.ts';
import { startTestGateway, type TestGateway, type TestUser } from '../../tests/support/gateway.ts';
import { startTokenIssuer } from '../../tests/support/token-issuer.ts';
import { hashOf } from './authenticate.ts';
import { newServiceToken } from './service.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.close());

const nowSeconds = () => Math.floor(Date.now() / 1000);
const meWith = (token: string, at = gateway) =>
  at.anyone('GET', '/me', { headers: { Authorization: `Bearer ${token}` } });

describe('signed access tokens', () => {
  const claims = () => ({
    sub: 'someone',
    email: 'someone@varloom.test',
    name: 'Some One',
    aud: gateway.settings.OIDC_AUDIENCE,
  });

  it('make the user at first use, and are the same user afterwards, whatever the address', async () => {
    const first = await meWith(await gateway.issuer.sign(claims()));
    expect(first).toMatchObject({
      status: 200,
      body: { email: 'someone@varloom.test', name: 'Some One', plan: 'free' },
    });
    const again = await meWith(await gateway.issuer.sign({ ...claims(), email: 'new@varloom.test' }));
    expect(again.body).toEqual({ ...first.body, email: 'new@varloom.test' });
    // A token says for itself since when it is known who calls, or not at all.
    const known = await meWith(await gateway.issuer.sign({ ...claims(), auth_time: 1_700_000_000 }));
    expect(known.body).toMatchObject({ authenticated_at: '2023-11-14T22:13:20.000Z' });
  });

  it('make one user of twenty first requests at once', async () => {
    const token = await gateway.issuer.sign({ ...claims(), sub: 'crowd' });
    const answers = await Promise.all(Array.from({ length: 20 }, () => meWith(token)));
    expect(new Set(answers.map(({ body }) => body['user_id'])).size).toBe(1);
  });

  it.for<[string, () => Promise<string>]>([
    ['for another audience', () => gateway.issuer.sign({ ...claims(), aud: 'http://elsewhere.test' })],
    ['for the sign-in client, as an ID token is', () => gateway.issuer.sign({ ...claims(), aud: 'varloom-test' })],
    ['without an audience', () => gateway.issuer.sign({ sub: 'someone', email: 'someone@varloom.test' })],
    ['of another issuer', () => gateway.issuer.sign({ ...claims(), iss: 'http://elsewhere.test' })],
    ['that has expired', () => gateway.issuer.sign({ ...claims(), exp: nowSeconds() - 1 })],
    ['that is not valid yet', () => gateway.issuer.sign({ ...claims(), nbf: nowSeconds() + 60 })],
    ['without an expiry', async () => gateway.issuer.sign({ ...claims(), exp: undefined })],
    ['without a subject', () => gateway.issuer.sign({ ...claims(), sub: undefined })],
    ['without an e-mail address', () => gateway.issuer.sign({ ...claims(), email: undefined })],
    [
      'signed by another key of the same name',
      async () => gateway.issuer.sign(claims(), { key: (await generateKeyPair('ES256')).privateKey }),
    ],
    ['signed by a key that is not published', () => gateway.issuer.sign(claims(), { kid: 'another' })],
    [
      'without a signature',
      async () => new UnsecuredJWT({ ...claims(), iss: gateway.issuer.issuer, exp: nowSeconds() + 60 }).encode(),
    ],
    [
      'with altered claims',
      async () => {
        const [header, payload, signature] = (await gateway.issuer.sign(claims())).split('.');
        const altered = { ...(JSON.parse(Buffer.from(payload ?? '', 'base64url').toString()) as object), sub: 'admin' };
        return [header, base64url.encode(JSON.stringify(altered)), signature].join('.');
      },
    ],
    ['that is no token', async () => 'a.b.c'],
    ['that is opaque, where the issuer does not explain such', async () => 'opaque'],
  ])('are refused: one %s', async ([, make]) => {
    const answer = await meWith(await make());
    expect(answer).toMatchObject({ status: 401, error: { type: 'unauthenticated' } });
    expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer');
  });

  it.for(['Basic YTpi', 'Bearer', 'Bearer  ', 'Bearer a b', 'Bearer ü'.normalize()])(
    'are refused: the header %j',
    async (Authorization) => {
      const answer = await gateway.anyone('GET', '/me', { headers: { Authorization } });
      expect(answer).toMatchObject({ status: 401, error: { type: 'unauthenticated' } });
    },
  );

  it('are not called wrong when it is the issuer that does not answer', async () => {
    const issuer = await startTokenIssuer();
    const other = await startTestGateway({ issuer });
    try {
      const token = await issuer.sign({ ...claims(), aud: other.settings.OIDC_AUDIENCE });
      issuer.breakKeys();
      expect(await meWith(token, other)).toMatchObject({ status: 503, error: { type: 'unavailable' } });
    } finally {
      await other.close();
      await issuer.stop();
    }
    // Nothing listens there any more.
    const gone = await startTestGateway({ issuer });
    try {
      expect(await meWith('a.b.c', gone)).toMatchObject({ status: 503, error: { type: 'unavailable' } });
    } finally {
      await gone.close();
    }
  });
});

describe('opaque access tokens, as Globus Auth gives them', () => {
  let server: Server;
  let provider: Provider;
  let opaque: TestGateway;
  const asked: (string | undefined)[] = [];
  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(request.url);
      void provider.callback()(request, response);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (typeof address !== 'object' || address === null) throw new Error('there is no port');
    const issuer = `http://127.0.0.1:${address.port}`;
    const client = (client_id: string) => ({
      client_id,
      client_secret: `the secret of ${client_id}`,
      redirect_uris: ['http://127.0.0.1/callback'],
    });
    const { privateKey } = await generateKeyPair('RS256', { extractable: true });
    provider = new Provider(issuer, {
      clients: [client('varloom-test'), client('stranger')],
      jwks: { keys: [{ ...(await exportJWK(privateKey)), kty: 'RSA', alg: 'RS256' }] },
      scopes: ['openid', 'email'],
      features: { introspection: { enabled: true, allowedPolicy: () => true }, devInteractions: { enabled: false } },
      findAccount: (_ctx, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
      // Globus Auth says the address in its introspection answer.
      extraTokenClaims: (_ctx, token) =>
        'accountId' in token ? { email: `${token.accountId}@varloom.test` } : undefined,
    });
    opaque = await startTestGateway({
      settings: { OIDC_ISSUER: issuer, OIDC_CLIENT_SECRET: 'the secret of varloom-test' },
    });
  });
  afterAll(async () => {
    await opaque?.close();
    server.closeAllConnections();
    server.close();
  });

  const tokenOf = async (accountId: string, clientId = 'varloom-test') => {
    const client = await provider.Client.find(clientId);
    if (!client) throw new Error('there is no such client');
    const grant = new provider.Grant({ clientId, accountId });
    grant.addOIDCScope('openid email');
    const grantId = await grant.save();
    const token = new provider.AccessToken({ client, accountId, grantId, gty: 'test', scope: 'openid email' });
    const value = await token.save();
    return { value, destroy: () => token.destroy() };
  };

  it('are accepted when the issuer says whose they are, and asked about once a minute', async () => {
    const { value, destroy } = await tokenOf('globus-user');
    expect(value).not.toContain('.');
    const answer = await meWith(value, opaque);
    expect(answer).toMatchObject({ status: 200, body: { email: 'globus-user@varloom.test' } });
    await destroy();
    expect((await meWith(value, opaque)).body).toEqual(answer.body);
  });

  it('are refused when revoked, unknown, or given to another program', async () => {
    const revoked = await tokenOf('globus-user');
    await revoked.destroy();
    const strangers = await tokenOf('globus-user', 'stranger');
    for (const token of [revoked.value, 'x'.repeat(43), strangers.value]) {
      expect(await meWith(token, opaque)).toMatchObject({ status: 401, error: { type: 'unauthenticated' } });
    }
  });

  it('are not looked for in a service token of ours: the issuer never sees one', async () => {
    await meWith('x'.repeat(43), opaque);
    expect(asked.at(-1)).toContain('introspection');
    asked.length = 0;
    expect(await meWith(newServiceToken(['deliveries:read']).secret, opaque)).toMatchObject({
      status: 401,
      error: { type: 'unauthenticated', message: expect.stringContaining('service token') },
    });
    expect(asked).toEqual([]);
  });
});

describe('API keys', () => {
  const make = async (who: TestUser, body: Record<string, unknown> = { name: 'laptop' }) => {
    const answer = await who.token('POST', '/api-keys', { body });
    expect(answer.status).toBe(201);
    const { api_key_id: id, api_key: key } = answer.body as { api_key_id: string; api_key: string };
    return { id, key, call: gateway.caller({ Authorization: `Bearer ${key}` }) };
  };

  it('are shown once, and stored as a hash', async () => {
    const who = await gateway.user();
    const { id, key, call } = await make(who);
    expect(key).toMatch(/^vlk_[\w-]{43}$/);
    const [row] = await gateway.database.write(system('test'), (tx) =>
      tx.select().from(apiKeys).where(eq(apiKeys.apiKeyId, id)),
    );
    expect(row?.keyHash).toBe(hashOf(key));
    expect(JSON.stringify(row)).not.toContain(key);
    expect((await call('GET', '/me')).body['user_id']).toBe(who.user.userId);
    const listed = (await who.token('GET', '/api-keys')).body['api_keys'] as unknown[];
    expect(listed.map((item) => apiKey.strict().parse(item))).toMatchObject([
      { api_key_id: id, name: 'laptop', prefix: key.slice(0, 10), last_used_at: expect.any(String) as string },
    ]);
    expect(JSON.stringify(listed)).not.toContain(key);
  });

  it.for([
    ['annotations:read', 'GET', '/annotations', 200],
    ['annotations:read', 'GET', '/annotate/files', 200],
    ['annotations:read', 'POST', '/uploads', 403],
    ['annotations:read', 'POST', '/annotations', 403],
    ['annotations:read', 'DELETE', `/annotations/${crypto.randomUUID()}`, 403],
    ['annotations:read', 'DELETE', `/annotations/${crypto.randomUUID()}/data`, 403],
    ['annotations:read', 'PUT', `/annotations/${crypto.randomUUID()}/retention`, 403],
    ['annotations:write', 'POST', '/uploads', 201],
    ['annotations:write', 'GET', '/annotations', 403],
    ['annotations:write', 'GET', `/annotations/${crypto.randomUUID()}/events`, 403],
  ] as const)('with %s: %s %s is %i', async ([scope, method, path, status]) => {
    const { call } = await make(await gateway.user(), { name: 'scoped', scopes: [scope] });
    const body = method === 'GET' ? undefined : { file_name: 'a.vcf' };
    const answer = await call(method, path, body ? { body } : {});
    expect(answer.status).toBe(status);
    expect(answer.error?.type).toBe(status === 403 ? 'forbidden' : undefined);
  });

  it('end when they expire, and at once when they are revoked', async () => {
    const who = await gateway.user();
    const [expiring, revoked] = [
      await make(who, { name: 'short', expires_at: new Date(Date.now() + 60_000).toISOString() }),
      await make(who),
    ];
    for (const { call } of [expiring, revoked]) expect((await call('GET', '/me')).status).toBe(200);
    await gateway.database.write(system('test'), (tx) =>
      tx
        .update(apiKeys)
        .set({ expiresAt: new Date(Date.now() - 1) })
        .where(eq(apiKeys.apiKeyId, expiring.id)),
    );
    expect((await who.token('DELETE', `/api-keys/${revoked.id}`)).status).toBe(200);
    for (const { call } of [expiring, revoked]) expect((await call('GET', '/me')).error?.type).toBe('unauthenticated');
    expect((await who.token('DELETE', `/api-keys/${revoked.id}`)).status).toBe(404);
  });

  it('cannot manage keys, nor sign out', async () => {
    const { id, call } = await make(await gateway.user());
    const answers = [
      await call('GET', '/api-keys'),
      await call('POST', '/api-keys', { body: { name: 'another' } }),
      await call('DELETE', `/api-keys/${id}`),
      await call('POST', '/auth/logout'),
    ];
    expect(answers.map(({ status, error }) => [status, error?.type])).toEqual(Array(4).fill([403, 'forbidden']));
    expect((await call('GET', '/me')).status).toBe(200);
  });

  it.for([
    ['no name', {}],
    ['a name with NUL', { name: 'a\u0000' }],
    ['an unknown scope', { name: 'a', scopes: ['admin'] }],
    ['no scope at all', { name: 'a', scopes: [] }],
    ['an expiry in the past', { name: 'a', expires_at: '2020-01-01T00:00:00Z' }],
    ['an expiry that is no time', { name: 'a', expires_at: 'tomorrow' }],
    ['an unknown field', { name: 'a', role: 'admin' }],
  ] as const)('are not made with %s', async ([, body]) => {
    const answer = await (await gateway.user()).token('POST', '/api-keys', { body });
    expect(answer).toMatchObject({ status: 422, error: { type: 'invalid_request' } });
  });

  it.for(['vlk_', 'vlk_unknown', 'vlk_' + "'".repeat(43)])('are refused when unknown: %s', async (key) => {
    expect((await meWith(key)).status).toBe(401);
  });
});

describe('a page’s cookie', () => {
  const cookieOnly = (who: TestUser) => ({ Cookie: who.headers.session['Cookie'] ?? '' });
  it.for<[string, Record<string, string>, number]>([
    ['our Origin', { Origin: 'http://127.0.0.1:8080' }, 201],
    ['no Origin, but the browser’s word that it is ours', { 'Sec-Fetch-Site': 'same-origin' }, 201],
    ['no Origin', {}, 403],
    ['another site’s Origin', { Origin: 'http://elsewhere.test' }, 403],
    ['our host with another port', { Origin: 'http://127.0.0.1:8081' }, 403],
    ['our address over https', { Origin: 'https://127.0.0.1:8080' }, 403],
    ['no origin of its own', { Origin: 'null' }, 403],
    ['a sibling site', { 'Sec-Fetch-Site': 'same-site' }, 403],
    ['another Origin, whatever else', { Origin: 'http://elsewhere.test', 'Sec-Fetch-Site': 'same-origin' }, 403],
  ])('with %s', async ([, headers, status]) => {
    const who = await gateway.user();
    const page = gateway.caller({ ...cookieOnly(who), ...headers });
    const answer = await page('POST', '/uploads', { body: { file_name: 'a.vcf' } });
    expect([answer.status, answer.error?.type]).toEqual([status, status === 403 ? 'csrf_refused' : undefined]);
    // Reading changes nothing, and the other site cannot see the answer.
    expect((await page('GET', '/annotations')).status).toBe(200);
  });

  it('does not help a request that brings a bad token', async () => {
    const who = await gateway.user();
    const page = gateway.caller({ ...who.headers.session, Authorization: 'Bearer a.b.c' });
    expect((await page('GET', '/me')).status).toBe(401);
  });

  it('means nothing when it is unknown', async () => {
    const page = gateway.caller({ Cookie: 'varloom_session=unknown', Origin: gateway.settings.PUBLIC_URL });
    expect(await page('GET', '/me')).toMatchObject({ status: 401, error: { type: 'unauthenticated' } });
    expect((await gateway.anyone('GET', '/me')).status).toBe(401);
  });
});
