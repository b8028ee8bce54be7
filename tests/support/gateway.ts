// A gateway under test: the real application over a database, buckets and an issuer of its own, called in process or
// over a port, by users who sign in the way that a test wants.

import { createHash, createSecretKey, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { serve } from '@hono/node-server';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { Client } from '@temporalio/client';
import { inject } from 'vitest';
import { Afterwards } from '../../api/afterwards.ts';
import { createApp } from '../../api/app.ts';
import { API_KEY_PREFIX, hashOf } from '../../api/auth/authenticate.ts';
import { createIdentities } from '../../api/auth/identities.ts';
import type { Dependencies } from '../../api/context.ts';
import { createClientNetwork } from '../../api/client-network.ts';
import { createJobWatch } from '../../api/job-watch.ts';
import { createRateLimiter, limitsFrom } from '../../api/rate-limits.ts';
import { createSagas } from '../../api/sagas.ts';
import { readApiSettings, type ApiSettings } from '../../api/settings.ts';
import { openDatabase, type Database } from '../../db/client.ts';
import { createApiKey, openSession, principalOf, registerUser } from '../../db/identity.ts';
import type { User, UserPrincipal } from '../../db/identity.ts';
import { openRateLimitCounts } from '../../db/rate-limits.ts';
import { ensureLaboratory, joinLaboratory } from '../../db/laboratories.ts';
import type { Plan } from '../../domain/plans.ts';
import { system, type Role, type Principal } from '../../domain/principal.ts';
import { createKeyFileService } from '../../kms/key-file.ts';
import { createLogger } from '../../process/main.ts';
import { createWebhookAddresses } from '../../process/webhook-address.ts';
import { createWebhookSecrets } from '../../process/webhook-secrets.ts';
import { connectStore, type S3 } from '../../store/client.ts';
import { createPresigner } from '../../store/presign.ts';
import { createObjectStore } from '../../store/s3.ts';
import { createTemporalClient } from '../../temporal/client.ts';
import type { PayloadKeys } from '../../temporal/payload-keys.ts';
import { createTestBuckets, createTestDatabase, type TestDatabase } from './services.ts';
import { startTokenIssuer, type TokenIssuer } from './token-issuer.ts';

export interface Answer {
  status: number;
  headers: Headers;
  /** The JSON body; empty when the answer is none. */
  body: Record<string, unknown>;
  /** Of an error. */
  error: { type: string; message: string; details?: Record<string, unknown>; request_id: string } | undefined;
}

/** One caller: sends requests with its own way to prove who it is. */
export type Call = (
  method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'OPTIONS',
  path: string,
  options?: { body?: unknown; headers?: Record<string, string> },
) => Promise<Answer>;

export interface TestUser {
  user: User;
  principal: UserPrincipal;
  /** A page: cookie and the Origin of our own pages. */
  session: Call;
  /** A program with an access token. */
  token: Call;
  /** A program with an API key of these scopes; of all when none are given. */
  withKey: (scopes?: string[]) => Promise<Call>;
  /** Headers, for requests that are not sent through a `Call`. */
  headers: { session: Record<string, string>; token: Record<string, string> };
}

export interface TestGateway {
  app: ReturnType<typeof createApp>;
  dependencies: Dependencies;
  settings: ApiSettings;
  database: Database;
  own: TestDatabase;
  s3: S3;
  temporal: Client;
  payloadKeys: PayloadKeys;
  issuer: TokenIssuer;
  anyone: Call;
  caller: (headers: Record<string, string>) => Call;
  /** A member of the laboratory of this name; without a name, somebody with a role has one of their own. */
  user: (options?: {
    plan?: Plan;
    role?: Role;
    email?: string;
    name?: string;
    laboratory?: string;
    /** Whether the issuer has verified the address; it has, unless this says no. */
    isEmailVerified?: boolean;
  }) => Promise<TestUser>;
  put: (bucket: 'inputs' | 'results', key: string, bytes: string | Buffer) => Promise<void>;
  /** Ends streams and stops answering ready, as when the process is asked to stop. */
  stop: () => void;
  close: () => Promise<void>;
}

export const FREE_LIMIT_BYTES = 2_000;
export const PREMIUM_LIMIT_BYTES = 20 * 1024 ** 3;

/** A test may ask as fast as it can, unless it is about limits. */
const UNLIMITED = {
  RATE_LIMIT_PRINCIPAL_PER_MINUTE: '0',
  RATE_LIMIT_ADDRESS_PER_MINUTE: '0',
  RATE_LIMIT_SIGN_IN_PER_MINUTE: '0',
  RATE_LIMIT_UPLOADS_PER_MINUTE: '0',
  RATE_LIMIT_BAD_CREDENTIALS_PER_MINUTE: '0',
};

export interface GatewayOptions {
  settings?: Record<string, string>;
  namespace?: string;
  issuer?: TokenIssuer;
  /** Serves on this port, which PUBLIC_URL then names. */
  port?: number;
}

export async function startTestGateway(options: GatewayOptions = {}): Promise<TestGateway> {
  const [own, buckets, issuer] = await Promise.all([
    createTestDatabase(),
    createTestBuckets(),
    options.issuer ?? startTokenIssuer(),
  ]);
  const { address, namespace } = inject('temporal');
  const settings = readApiSettings({
    NODE_ENV: 'test',
    LOG_LEVEL: 'silent',
    DATABASE_URL: own.url,
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: options.namespace ?? namespace,
    PAYLOAD_KEYS_FILE: 'given in memory',
    S3_ENDPOINT: buckets.endpoint,
    AWS_REGION: buckets.region,
    AWS_ACCESS_KEY_ID: buckets.accessKeyId,
    AWS_SECRET_ACCESS_KEY: buckets.secretAccessKey,
    S3_INPUTS_BUCKET: buckets.inputsBucket,
    S3_RESULTS_BUCKET: buckets.resultsBucket,
    PUBLIC_URL: `http://127.0.0.1:${options.port ?? 8080}`,
    OIDC_ISSUER: issuer.issuer,
    OIDC_CLIENT_ID: 'varloom-test',
    OIDC_CLIENT_SECRET: 'a secret of the test',
    FREE_UPLOAD_LIMIT_BYTES: String(FREE_LIMIT_BYTES),
    PREMIUM_UPLOAD_LIMIT_BYTES: String(PREMIUM_LIMIT_BYTES),
    STORAGE_TOPIC_ARN: buckets.topicArn,
    STORAGE_ACCEPT_UNSIGNED: 'true',
    ...UNLIMITED,
    ...options.settings,
  });
  const payloadKeys = { activeKeyId: 'test', keys: new Map([['test', createSecretKey(randomBytes(32))]]) };
  const database = openDatabase({ url: own.url, applicationName: 'test-gateway' });
  const s3 = connectStore(settings);
  const temporal = createTemporalClient({ address, namespace: settings.TEMPORAL_NAMESPACE, keys: payloadKeys });
  const jobWatch = await createJobWatch(database);
  const counts = openRateLimitCounts({ url: own.url, applicationName: 'test-gateway-limits' });
  const stopping = new AbortController();
  const logger = createLogger('test-gateway', 'silent');
  const dependencies: Dependencies = {
    settings,
    database,
    store: createObjectStore(s3),
    presigner: createPresigner(s3),
    patientKeys: createKeyFileService('test', new Map([['test', createSecretKey(randomBytes(32))]])),
    webhooks: {
      secrets: createWebhookSecrets(payloadKeys),
      addresses: createWebhookAddresses(settings.WEBHOOK_ALLOWED_PRIVATE),
    },
    sagas: createSagas(temporal),
    identities: createIdentities(settings),
    jobWatch,
    clientNetwork: createClientNetwork(settings.TRUSTED_PROXIES),
    rateLimits: createRateLimiter(counts, limitsFrom(settings), logger),
    logger,
    afterwards: new Afterwards(logger),
    stopping: stopping.signal,
  };
  const app = createApp(dependencies);
  const server =
    options.port === undefined ? undefined : serve({ fetch: app.fetch, port: options.port, hostname: '127.0.0.1' });
  if (server) await once(server, 'listening');

  const caller = callerOf(app);

  return {
    app,
    dependencies,
    settings,
    database,
    own,
    s3,
    temporal,
    payloadKeys,
    issuer,
    anyone: caller({}),
    caller,
    async user({ plan = 'free', role = 'member', email, name, laboratory, isEmailVerified = true } = {}) {
      const subject = randomUUID();
      const address = email ?? `${subject}@varloom.test`;
      const identity = { issuer: issuer.issuer, subject, email: address, name, isEmailVerified };
      const registered = await registerUser(database, identity, { plan, role });
      const user =
        laboratory === undefined && role === 'member'
          ? registered
          : await intoLaboratory(database, registered, laboratory ?? `Laboratory of ${subject}`);
      const principal = principalOf(user);
      const secret = randomBytes(32).toString('base64url');
      await openSession(database, user, {
        tokenHash: hashOf(secret),
        expiresAt: new Date(Date.now() + 3_600_000),
        authenticatedAt: new Date(),
        idToken: 'no ID token: this session was not begun at an issuer',
      });
      const accessToken = await issuer.sign({ sub: subject, email: user.email, aud: settings.OIDC_AUDIENCE });
      const headers = {
        session: { Cookie: `varloom_session=${secret}`, Origin: settings.PUBLIC_URL },
        token: { Authorization: `Bearer ${accessToken}` },
      };
      return {
        user,
        principal,
        headers,
        session: caller(headers.session),
        token: caller(headers.token),
        async withKey(scopes = ['annotations:read', 'annotations:write']) {
          const key = API_KEY_PREFIX + randomBytes(32).toString('base64url');
          const row = { apiKeyId: randomUUID(), name: 'test', scopes, prefix: key.slice(0, 10), expiresAt: null };
          await createApiKey(database, principal, { ...row, keyHash: hashOf(key) });
          return caller({ Authorization: `Bearer ${key}` });
        },
      };
    },
    async put(bucket, key, bytes) {
      const ChecksumSHA256 = createHash('sha256').update(bytes).digest('base64');
      const at = { Bucket: s3.bucketNames[bucket], Key: key };
      await s3.client.send(new PutObjectCommand({ ...at, Body: bytes, ChecksumSHA256 }));
    },
    stop: () => stopping.abort(),
    async close() {
      stopping.abort();
      if (server) await new Promise<void>((resolve) => void server.close(() => resolve()));
      await dependencies.afterwards.settled();
      await jobWatch.close();
      await temporal.connection.close();
      await counts.close();
      await database.close();
      s3.client.destroy();
      if (!options.issuer) await issuer.stop();
      await own.drop();
    },
  };
}

async function intoLaboratory(database: Database, user: User, name: string): Promise<User> {
  const organizationId = await ensureLaboratory(database, system('test'), name);
  await joinLaboratory(database, system('test'), user.userId, { organizationId, role: user.role });
  return { ...user, organizationId };
}

const callerOf =
  (app: ReturnType<typeof createApp>) =>
  (identity: Record<string, string>): Call =>
  async (method, path, { body, headers } = {}) => {
    const response = await app.request(path, {
      method,
      headers: {
        ...identity,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return readAnswer(response);
  };

/**
 * Requests that every filter of the application lets pass, while Postgres is told that they come from somebody else: what
 * row-level security alone keeps from them.
 */
export function seenAs(
  { dependencies, database }: Pick<TestGateway, 'dependencies' | 'database'>,
  somebodyElse: (principal: Principal) => Principal,
): (identity: Record<string, string>) => Call {
  const seen: Database = {
    ...database,
    write: (principal, work) => database.write(somebodyElse(principal), work),
    read: (principal, work, options) => database.read(somebodyElse(principal), work, options),
  };
  return callerOf(createApp({ ...dependencies, database: seen }));
}

async function readAnswer(response: Response): Promise<Answer> {
  const isJson = response.headers.get('Content-Type')?.includes('json') ?? false;
  // An envelope is what the tests that read it assert.
  const body = isJson ? ((await response.json()) as Record<string, unknown>) : {};
  return { status: response.status, headers: response.headers, body, error: body['error'] as Answer['error'] };
}
