// Each change of state writes its one audit row, and its event where there is one, in its own transaction: what cannot
// be recorded does not happen. And a repetition records nothing twice.

import { randomUUID } from 'node:crypto';
import postgres from 'postgres';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { apiKeyId, uploadId, type JobId, type UploadId } from '../domain/ids.ts';
import { system } from '../domain/principal.ts';
import { ownDatabase, type OwnDatabase } from '../tests/support/own-database.ts';
import type { Database } from './client.ts';
import { closeSession, createApiKey, openSession, principalOf, registerUser } from './identity.ts';
import { revokeApiKey, type User, type UserPrincipal } from './identity.ts';
import { requestCancellation, requestErasure, submitJob } from './jobs.ts';
import { claimMail, recordSent } from './mail.ts';
import { abandonArchive, beginArchive, beginErasure, finishArchive, finishErasure, setExpiry } from './results.ts';
import { completeJob, endJob, startJob } from './saga.ts';
import { claimRemoval, createUpload, receiveUpload } from './uploads.ts';

let own: OwnDatabase;
let database: Database;
let owner: postgres.Sql;
const asSystem = system('test');
beforeAll(async () => {
  own = await ownDatabase();
  ({ database } = own);
  owner = postgres(own.ownerUrl, { max: 1, onnotice: () => {} });
  await owner`create table fault (at text)`;
  await owner`grant select on fault to public`;
  await owner.unsafe(`
    create function refuse() returns trigger language plpgsql as $$ begin
      if exists (select from fault where at = tg_table_name) then raise exception 'refused'; end if;
      return new;
    end $$`);
  for (const table of ['audit_log', 'outbox']) {
    await owner.unsafe(`create trigger refuse before insert on ${table} for each row execute function refuse()`);
  }
});
afterAll(async () => {
  await owner.end();
  await own.close();
});

interface Scene {
  user: User;
  principal: UserPrincipal;
  upload: UploadId;
  job: JobId;
  tokenHash: string;
  apiKeyId: string;
}
let scene: Scene;
beforeEach(async () => {
  const identity = { issuer: 'http://issuer.test', subject: randomUUID(), email: 'x@varloom.test' };
  const user = await registerUser(database, identity);
  const principal = principalOf(user);
  const upload = await newUpload(principal);
  const job = await submitJob(database, principal, submission(upload));
  scene = { user, principal, upload, job: job.jobId, tokenHash: randomUUID(), apiKeyId: randomUUID() };
});
afterEach(() => owner`delete from fault`);

async function newUpload(principal: UserPrincipal): Promise<UploadId> {
  const id = uploadId(randomUUID());
  await createUpload(database, principal, {
    uploadId: id,
    fileName: 'a.vcf',
    genome: null,
    source: 'api',
    sizeLimitBytes: 10,
    multipartUploadId: null,
    expiresAt: new Date(),
  });
  return id;
}
const submission = (upload: UploadId) => ({
  uploadId: upload,
  object: { etag: '"1"', sizeBytes: 5 },
  genome: 'demo',
  consequenceMode: 'auto' as const,
  source: 'api' as const,
});
const object = { sizeBytes: 5, etag: '"1"', lastModified: new Date() };
const start = () => startJob(database, asSystem, scene.job);
const complete = async () => {
  await start();
  const result = { prefix: `${scene.job}/1`, sizeBytes: 1, sha256: 'ab', records: 1 };
  await completeJob(database, asSystem, scene.job, result, 300);
};
const archiving = async () => {
  await complete();
  await beginArchive(database, asSystem, scene.job, 1);
};
const move = () => ({ generation: 2, archiveKey: `archive/${scene.job}/2` });
const error = { type: 'engine_failed' as const, message: 'no' };
const key = () => {
  const row = { apiKeyId: scene.apiKeyId, name: 'key', scopes: [], prefix: 'vlk_', expiresAt: null };
  return createApiKey(database, scene.principal, { ...row, keyHash: randomUUID() });
};
const session = () => {
  const expiresAt = new Date(Date.now() + 60_000);
  const row = { tokenHash: scene.tokenHash, expiresAt, authenticatedAt: new Date(), idToken: 'none' };
  return openSession(database, scene.user, row);
};
const nothing = async () => {};
const messageId = () => `annotation.completed.${scene.job}@varloom.test`;

interface Change {
  action: string;
  before: () => Promise<unknown>;
  act: () => Promise<unknown>;
  /** An event of the same name is published. */
  isEvent: boolean;
  /** Each call is an act of its own. */
  repeats?: boolean;
}
const changes: Change[] = [
  {
    action: 'annotation.submitted',
    before: nothing,
    act: () => submitJob(database, scene.principal, submission(scene.upload)),
    isEvent: true,
    repeats: true,
  },
  { action: 'annotation.started', before: nothing, act: start, isEvent: true },
  { action: 'annotation.completed', before: start, act: complete, isEvent: true },
  {
    action: 'annotation.failed',
    before: start,
    act: () => endJob(database, asSystem, scene.job, { status: 'FAILED', error }),
    isEvent: true,
  },
  {
    action: 'annotation.cancelled',
    before: start,
    act: () => endJob(database, asSystem, scene.job, { status: 'CANCELLED' }),
    isEvent: true,
  },
  {
    action: 'annotation.cancellation_requested',
    before: nothing,
    act: () => requestCancellation(database, scene.principal, scene.job),
    isEvent: false,
  },
  {
    action: 'annotation.erasure_requested',
    before: nothing,
    act: () => requestErasure(database, scene.principal, scene.job),
    isEvent: false,
  },
  {
    action: 'annotation.owner_notified',
    before: () => claimMail(database, asSystem, scene.job, 'annotation.completed', 'varloom.test'),
    act: () => recordSent(database, asSystem, messageId()),
    isEvent: false,
  },
  {
    action: 'result.archiving',
    before: complete,
    act: () => beginArchive(database, asSystem, scene.job, 1),
    isEvent: false,
  },
  {
    action: 'result.archived',
    before: archiving,
    act: () => finishArchive(database, asSystem, scene.job, move()),
    isEvent: true,
  },
  {
    action: 'result.archive_abandoned',
    before: archiving,
    act: () => abandonArchive(database, asSystem, scene.job, 2),
    isEvent: false,
  },
  {
    action: 'result.retention_changed',
    before: complete,
    act: () => setExpiry(database, asSystem, scene.job, 5),
    isEvent: false,
    repeats: true,
  },
  {
    action: 'result.erased',
    before: async () => {
      await complete();
      await beginErasure(database, asSystem, scene.job);
    },
    act: () => finishErasure(database, asSystem, scene.job),
    isEvent: true,
  },
  {
    action: 'upload.received',
    before: nothing,
    act: () => receiveUpload(database, asSystem, scene.upload, object),
    isEvent: true,
  },
  {
    action: 'upload.removed',
    before: async () => {
      scene.upload = await newUpload(scene.principal);
    },
    act: () => claimRemoval(database, asSystem, scene.upload),
    isEvent: false,
  },
  { action: 'session.opened', before: nothing, act: session, isEvent: false, repeats: true },
  { action: 'session.closed', before: session, act: () => closeSession(database, scene.tokenHash), isEvent: false },
  { action: 'api_key.created', before: nothing, act: key, isEvent: false, repeats: true },
  {
    action: 'api_key.revoked',
    before: key,
    act: () => revokeApiKey(database, scene.principal, apiKeyId(scene.apiKeyId)),
    isEvent: false,
  },
];

const TABLES = [
  'jobs',
  'uploads',
  'sessions',
  'api_keys',
  'mail_messages',
  'idempotency_keys',
  'users',
  'outbox',
  'audit_log',
];
/** Everything of the scene's organization. */
const everything = async () => {
  const state: Record<string, unknown> = {};
  await owner.begin(async (tx) => {
    await tx`select set_config('varloom.principal_kind', 'system', true)`;
    for (const table of TABLES) {
      state[table] = await tx`select * from ${tx(table)} where organization_id = ${scene.user.organizationId}
        order by ${tx(table)}::text`;
    }
  });
  return state as Record<string, Record<string, unknown>[]>;
};
const rowsOf = (state: Record<string, Record<string, unknown>[]>, table: string, name: string, value: string) =>
  (state[table] ?? []).filter((row) => row[name] === value);

describe.for(changes.map((change) => [change.action, change] as const))('%s', ([action, { before, act, isEvent }]) => {
  it('is audited once, with who did it, and told once where others want to know', async () => {
    await before();
    const earlier = await everything();
    await act();
    const later = await everything();
    const audited = rowsOf(later, 'audit_log', 'action', action);
    expect(audited).toHaveLength(rowsOf(earlier, 'audit_log', 'action', action).length + 1);
    // A sign-in is looked up by the system, and is the user's all the same.
    const isOwn = action.startsWith('session.');
    expect(audited.at(-1)?.['actor']).toMatch(isOwn ? /^user:[0-9a-f-]{36}$/ : /^(user:[0-9a-f-]{36}|system:\w+)$/);
    const told = rowsOf(later, 'outbox', 'type', action);
    expect(told).toHaveLength(rowsOf(earlier, 'outbox', 'type', action).length + (isEvent ? 1 : 0));
    expect((later['audit_log'] ?? []).length).toBe((earlier['audit_log'] ?? []).length + 1);
  });

  it.for(isEvent ? ['audit_log', 'outbox'] : ['audit_log'])('does not happen when %s refuses it', async (table) => {
    await before();
    const earlier = await everything();
    await owner`insert into fault values (${table})`;
    await expect(act()).rejects.toMatchObject({ cause: { message: 'refused' } });
    await owner`delete from fault`;
    expect(await everything()).toEqual(earlier);
  });
});

it.for(changes.filter(({ repeats }) => !repeats).map((change) => [change.action, change] as const))(
  '%s is recorded once when it is repeated',
  async ([, { before, act }]) => {
    await before();
    await act();
    const once = await everything();
    // What cannot be done twice is refused the second time.
    await act().catch(() => {});
    const twice = await everything();
    expect([twice['audit_log'], twice['outbox']]).toEqual([once['audit_log'], once['outbox']]);
  },
);

it('registers a user with an audit row and an event, or not at all', async () => {
  const register = () =>
    registerUser(database, { issuer: 'http://issuer.test', subject: 'new', email: 'n@varloom.test' });
  await owner`insert into fault values ('outbox')`;
  await expect(register()).rejects.toMatchObject({ cause: { message: 'refused' } });
  await owner`delete from fault`;
  const user = await register();
  scene = { ...scene, user };
  const state = await everything();
  expect(rowsOf(state, 'audit_log', 'action', 'user.registered')).toHaveLength(1);
  expect(rowsOf(state, 'outbox', 'type', 'user.registered')).toMatchObject([{ subject: `user/${user.userId}` }]);
});

it('changes the result once, when its archiving and its erasure begin at the same moment', async () => {
  await complete();
  await requestErasure(database, scene.principal, scene.job);
  const [archive] = await Promise.all([
    beginArchive(database, asSystem, scene.job, 1),
    beginErasure(database, asSystem, scene.job),
  ]);
  expect(archive).toEqual({ decision: 'lost' });
  expect((await everything())['jobs']).toMatchObject([{ result_state: 'deleted', generation: 2 }]);
});
