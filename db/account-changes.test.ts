// What is recorded of people, of what they announce and of what is installed for all of them; and how many keys one may have.

import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiKeyId, uploadId } from '../domain/ids.ts';
import { actorOf, system } from '../domain/principal.ts';
import { ownDatabase, type OwnDatabase } from '../tests/support/own-database.ts';
import type { Database } from './client.ts';
import {
  createApiKey,
  LIVE_API_KEY_LIMIT,
  principalOf,
  registerUser,
  revokeApiKey,
  type UserPrincipal,
} from './identity.ts';
import { saveReference } from './references.ts';
import { apiKeys, auditLog, outbox } from './schema/index.ts';
import { createUpload } from './uploads.ts';

let own: OwnDatabase;
let database: Database;
beforeAll(async () => {
  own = await ownDatabase();
  ({ database } = own);
});
afterAll(() => own.close());

const identityOf = () => ({ issuer: 'http://issuer.test', subject: randomUUID(), email: 'before@varloom.test' });
const someone = async (): Promise<UserPrincipal> => principalOf(await registerUser(database, identityOf()));
const auditOf = (entityId: string) =>
  database.write(system('test'), (tx) =>
    tx.select().from(auditLog).where(eq(auditLog.entityId, entityId)).orderBy(auditLog.sequence),
  );

describe('a person', () => {
  it('whose address changed at the issuer is recorded once, without the addresses', async () => {
    const identity = identityOf();
    const { userId } = await registerUser(database, identity);
    const changed = { ...identity, email: 'after@varloom.test' };
    const answers = await Promise.all(Array.from({ length: 5 }, () => registerUser(database, changed)));
    expect(answers.map(({ email }) => email)).toEqual(Array(5).fill('after@varloom.test'));
    const [registered, ...later] = await auditOf(userId);
    expect(registered).toMatchObject({ action: 'user.registered' });
    expect(later).toMatchObject([{ action: 'user.email_changed', actor: `user:${userId}`, entity: 'user' }]);
    expect(later[0]?.details).toEqual({ changed: ['email'] });
  });

  it('whose name came later is recorded as that', async () => {
    const identity = identityOf();
    const { userId } = await registerUser(database, identity);
    await registerUser(database, { ...identity, name: 'Ada' });
    await registerUser(database, identity);
    expect((await auditOf(userId)).map(({ action }) => action)).toEqual(['user.registered', 'user.name_changed']);
  });
});

it('an upload is recorded when it is announced, without its file name', async () => {
  const principal = await someone();
  const id = uploadId(randomUUID());
  const upload = { uploadId: id, fileName: 'patient.vcf', genome: null, source: 'api' as const, sizeLimitBytes: 10 };
  await createUpload(database, principal, { ...upload, multipartUploadId: null, expiresAt: new Date() });
  const rows = await auditOf(id);
  expect(rows).toMatchObject([{ action: 'upload.announced', actor: actorOf(principal), entity: 'upload' }]);
  expect(JSON.stringify(rows)).not.toContain('patient');
});

it('a reference genome is recorded at each installation, with its checksums, and told to others', async () => {
  const file = (letter: string) => ({ key: `references/${letter}`, sizeBytes: 1, sha256: letter.repeat(64) });
  const row = { name: 'demo', description: 'synthetic', contigs: [{ name: '1', length: 10 }] };
  for (const letter of ['a', 'b']) {
    const files = { fasta: file(letter), fastaIndex: file(letter), gff: file(letter) };
    await saveReference(database, system('reference-cli'), { ...row, files, makeDefault: false });
  }
  const rows = await auditOf('demo');
  expect(rows).toMatchObject(
    ['a', 'b'].map((letter) => ({
      action: 'reference.installed',
      actor: 'system:reference-cli',
      details: { is_default: true, sha256: { fasta: letter.repeat(64) } },
    })),
  );
  const told = await database.write(system('test'), (tx) =>
    tx.select().from(outbox).where(eq(outbox.subject, 'reference/demo')),
  );
  expect(told.map(({ type }) => type)).toEqual(['reference.installed', 'reference.installed']);
  // It is nobody's own.
  const seen = await database.write(await someone(), (tx) => tx.select().from(auditLog));
  expect(seen.map(({ action }) => action)).not.toContain('reference.installed');
});

describe('API keys', () => {
  const make = async (principal: UserPrincipal, expiresAt: Date | null = null) => {
    const id = randomUUID();
    const row = { apiKeyId: id, name: 'key', scopes: [], prefix: 'vlk_', expiresAt };
    await createApiKey(database, principal, { ...row, keyHash: randomUUID() });
    return apiKeyId(id);
  };
  const refusal = { type: 'api_key_limit', message: expect.stringContaining('live API keys') as string };

  it('are limited in number, also when many are asked for at once', async () => {
    const principal = await someone();
    const attempts = Array.from({ length: LIVE_API_KEY_LIMIT + 5 }, () => make(principal));
    const refused = (await Promise.allSettled(attempts)).filter(({ status }) => status === 'rejected');
    expect(refused).toMatchObject(Array(5).fill({ reason: refusal }));
    const rows = await database.write(principal, (tx) => tx.select().from(apiKeys));
    expect(rows).toHaveLength(LIVE_API_KEY_LIMIT);
    // Another person's keys are counted apart.
    await make(await someone());
  });

  it('that are revoked or expired make room', async () => {
    const principal = await someone();
    const expired = new Date(Date.now() - 1_000);
    for (let i = 0; i < LIVE_API_KEY_LIMIT; i++) await make(principal, expired);
    const ids = [];
    for (let i = 0; i < LIVE_API_KEY_LIMIT; i++) ids.push(await make(principal));
    await expect(make(principal)).rejects.toMatchObject(refusal);
    const [first] = ids;
    if (first) await revokeApiKey(database, principal, first);
    await make(principal);
    await expect(make(principal)).rejects.toMatchObject(refusal);
  });
});
