// The codec server under test: a process of its own, over HTTP, with a database and an issuer of its own; and callers who
// prove who they are in every way that there is.

import { spawn, type ChildProcess } from 'node:child_process';
import { createSecretKey, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultPayloadConverter, type SerializationContext } from '@temporalio/common';
import protocol from '@temporalio/proto';
import postgres from 'postgres';
import { hashOf } from '../../api/auth/authenticate.ts';
import { newServiceToken } from '../../api/auth/service.ts';
import { openDatabase, type Database } from '../../db/client.ts';
import { openSession, registerUser, type User } from '../../db/identity.ts';
import { createInstallationToken } from '../../db/service-tokens.ts';
import type { TokenScope } from '../../domain/partners.ts';
import { projectDirectory } from '../../infra/local/home.ts';
import { createPayloadCodec } from '../../temporal/payload-codec.ts';
import { createTestDatabase } from './services.ts';
import { startTokenIssuer } from './token-issuer.ts';

export const PayloadsMessage = protocol.temporal.api.common.v1.Payloads;
export const UI = 'http://127.0.0.1:8233';
export const GATEWAY = 'http://127.0.0.1:8080';

export type Headers = Record<string, string>;

export interface CodecBench {
  /** Of the server. */
  address: string;
  database: Database;
  /** As the owner of the database. */
  owner: postgres.Sql;
  /** Another server beside it. */
  start: (env: Record<string, string>) => Promise<{ address: string; stop: () => Promise<unknown> }>;
  databaseUrl: string;
  /** Of no workflow in particular, as in histories from before owners were kept. */
  encrypted: (...values: unknown[]) => Promise<unknown>;
  encryptedFor: (workflowId: string, ...values: unknown[]) => Promise<unknown>;
  ask: (path: string, body: unknown, headers: Headers, at?: string) => Promise<Response>;
  decode: (body: unknown, headers: Headers, at?: string) => Promise<Response>;
  signedUp: (email: string, subject?: string) => Promise<User>;
  /** `verifiedEmail`: what the issuer vouched for; null for nothing. */
  withSession: (user: User, options?: { lifeSeconds?: number; verifiedEmail?: string | null }) => Promise<Headers>;
  /** With an address that the issuer has verified, unless the claims say otherwise. */
  withToken: (subject: string, email: string, claims?: Record<string, unknown>) => Promise<Headers>;
  withServiceToken: (audience: 'codec' | 'internal', scopes: TokenScope[]) => Promise<Headers>;
  close: () => Promise<void>;
}

export async function startCodecBench(env: Record<string, string>): Promise<CodecBench> {
  const directory = await mkdtemp(join(tmpdir(), 'codec-'));
  const secret = randomBytes(32);
  const keysFile = join(directory, 'keys.json');
  await writeFile(keysFile, JSON.stringify({ active: 'local', keys: { local: secret.toString('base64') } }));
  const [own, issuer] = await Promise.all([createTestDatabase(), startTokenIssuer()]);
  const database = openDatabase({ url: own.url, applicationName: 'test' });
  const owner = postgres(own.ownerUrl, { max: 1, onnotice: () => {} });
  const codec = createPayloadCodec({ activeKeyId: 'local', keys: new Map([['local', createSecretKey(secret)]]) });

  const sealed = async (values: unknown[], context?: SerializationContext) => {
    const plain = values.map((value) => defaultPayloadConverter.toPayload(value));
    return PayloadsMessage.create({ payloads: await codec.encode(plain, context) }).toJSON();
  };

  const start = async (more: Record<string, string>) => {
    const child = spawn(process.execPath, [join(projectDirectory, 'codec', 'main.ts')], {
      env: {
        PATH: process.env['PATH'],
        DATABASE_URL: own.url,
        PAYLOAD_KEYS_FILE: keysFile,
        CODEC_PORT: '0',
        CODEC_CORS_ORIGIN: UI,
        PUBLIC_URL: GATEWAY,
        OIDC_ISSUER: issuer.issuer,
        OIDC_CLIENT_ID: 'varloom',
        OIDC_CLIENT_SECRET: 'a secret',
        ...env,
        ...more,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return { address: await listening(child), stop: () => stopped(child) };
  };
  const server = await start({});

  const ask: CodecBench['ask'] = (path, body, headers, at = server.address) =>
    fetch(at + path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  return {
    address: server.address,
    database,
    owner,
    start,
    databaseUrl: own.url,
    ask,
    decode: (body, headers, at) => ask('/decode', body, headers, at),
    encrypted: (...values) => sealed(values),
    encryptedFor: (workflowId, ...values) => sealed(values, { type: 'workflow', namespace: 'default', workflowId }),
    signedUp: (email, subject = randomUUID()) => registerUser(database, { issuer: issuer.issuer, subject, email }),
    async withSession(user, { lifeSeconds = 60, verifiedEmail = user.email } = {}) {
      const session = randomBytes(32).toString('base64url');
      const expiresAt = new Date(Date.now() + lifeSeconds * 1000);
      const kept = { tokenHash: hashOf(session), expiresAt, authenticatedAt: new Date(), idToken: '', verifiedEmail };
      await openSession(database, user, kept);
      return { Cookie: `varloom_session=${session}`, Origin: UI };
    },
    async withToken(sub, email, claims = {}) {
      const token = await issuer.sign({ sub, email, email_verified: true, aud: GATEWAY, ...claims });
      return { Authorization: `Bearer ${token}` };
    },
    async withServiceToken(audience, scopes) {
      const made = newServiceToken(scopes);
      await createInstallationToken(database, { ...made.kept, audience, caller: 'replay-tool' });
      return { Authorization: `Bearer ${made.secret}` };
    },
    async close() {
      await server.stop();
      await owner.end();
      await database.close();
      await own.drop();
      await issuer.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    const hear = (chunk: unknown) => {
      output += String(chunk);
      const port = /"port":(\d+)/.exec(output)?.[1];
      if (port) resolve(`http://127.0.0.1:${port}`);
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('close', () => reject(new Error(`it ended: ${output}`)));
  });
}

/** Resolves with its exit code. */
async function stopped(child: ChildProcess): Promise<unknown> {
  if (child.exitCode !== null) return child.exitCode;
  child.kill('SIGTERM');
  const [code]: unknown[] = await once(child, 'close');
  return code;
}
