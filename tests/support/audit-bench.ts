// A database whose owner tampers with the audit log, and what verification finds.

import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import postgres from 'postgres';
import { createAuditActivities, type CheckpointsWritten } from '../../activities/audit/activities.ts';
import { checkpointRef, textHash } from '../../activities/audit/checkpoint.ts';
import type { SigningKeys } from '../../activities/audit/signing-keys.ts';
import { verifyAuditLog, type OrganizationReport } from '../../activities/audit/verify.ts';
import { recordChange } from '../../db/changes.ts';
import type { Database } from '../../db/client.ts';
import { organizationId, userId } from '../../domain/ids.ts';
import { system } from '../../domain/principal.ts';
import type { ObjectStore } from '../../store/store.ts';
import { ownDatabase } from './own-database.ts';
import { createTestStore } from './test-store.ts';

export interface VerifyWith {
  trusted?: SigningKeys;
  withCheckpoints?: boolean;
}

export interface AuditBench {
  database: Database;
  store: ObjectStore;
  /** Sees and changes every row: the one against whom the log is chained. */
  owner: postgres.Sql;
  /** Signs and verifies where no others are given. */
  keys: SigningKeys;
  /** One after the other, as a user of the organization. */
  record: (organization: string, entries: number) => Promise<void>;
  /** Runs the activity as a worker does; `null`: a worker without keys. */
  checkpoint: (signedWith?: SigningKeys | null) => Promise<CheckpointsWritten>;
  checkpointText: (organization: string, seq: number) => Promise<string>;
  putCheckpoint: (organization: string, seq: number, text: string) => Promise<void>;
  verify: (organization: string, options?: VerifyWith) => Promise<OrganizationReport>;
  /** The faults, as `seq: fault`. */
  found: (organization: string, options?: VerifyWith) => Promise<string[]>;
  /** What one who owns the database can do: every hash from `from` on made anew, and the head with it. */
  rechain: (organization: string, from: number) => Promise<void>;
  close: () => Promise<void>;
}

export function newSigningKeys(keyId: string): SigningKeys {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return { active: { keyId, privateKey }, publicKeys: new Map([[keyId, publicKey]]) };
}

export async function createAuditBench(): Promise<AuditBench> {
  const own = await ownDatabase();
  const { database } = own;
  const owner = postgres(own.ownerUrl, { max: 1, onnotice: () => {} });
  const { store } = await createTestStore();
  const keys = newSigningKeys('test');

  const bench: AuditBench = {
    database,
    store,
    owner,
    keys,
    async record(organization, entries) {
      const ids = { userId: userId(randomUUID()), organizationId: organizationId(organization) };
      const principal = { kind: 'user' as const, ...ids };
      for (let i = 0; i < entries; i += 1) {
        await database.write(principal, (tx) =>
          recordChange(tx, principal, {
            organizationId: organization,
            entity: 'sample',
            entityId: randomUUID(),
            action: 'sample.created',
            details: { text: 'é,"\u2028\\', at: i, none: null, deep: { b: [1, 2.5, 1e21], a: true } },
          }),
        );
      }
    },
    async checkpoint(signedWith = keys) {
      const principal = () => system('test');
      const activities = createAuditActivities({ database, store, principal, keys: signedWith ?? undefined });
      const environment = new MockActivityEnvironment(undefined, { logger: new DefaultLogger('ERROR') });
      // What the activity gives; the environment does not say so.
      return (await environment.run(activities['audit.checkpoint.write'], {
        after: null,
        limit: 1000,
      })) as CheckpointsWritten;
    },
    checkpointText: async (organization, seq) =>
      (await store.readText(checkpointRef(organization, seq), 10_000)) ?? 'none',
    async putCheckpoint(organization, seq, text) {
      const directory = await mkdtemp(join(tmpdir(), 'varloom-forged-'));
      await writeFile(join(directory, 'checkpoint.json'), text);
      const file = { sizeBytes: Buffer.byteLength(text), sha256: textHash(text), contentType: 'application/json' };
      await store.upload(checkpointRef(organization, seq), join(directory, 'checkpoint.json'), file);
      await rm(directory, { recursive: true });
    },
    async verify(organization, { trusted = keys, withCheckpoints = true } = {}) {
      const reports: OrganizationReport[] = [];
      await verifyAuditLog({
        database,
        checkpoints: withCheckpoints ? { store, keys: trusted } : undefined,
        organizationId: organization,
        onReport: (report) => reports.push(report),
      });
      const [report] = reports;
      if (!report || reports.length > 1) throw new Error(`${reports.length} reports`);
      return report;
    },
    found: async (organization, options) =>
      (await bench.verify(organization, options)).faults.map(({ seq, fault }) => `${seq}: ${fault}`),
    async rechain(organization, from) {
      const rows = await owner`
        select seq from audit_log where organization_id = ${organization} and seq >= ${from} order by seq`;
      for (const { seq } of rows) {
        await owner`
          update audit_log set prev_hash = coalesce((select b.hash from audit_log b
            where b.organization_id = ${organization} and b.seq = ${seq} - 1), repeat('0', 64))
          where organization_id = ${organization} and seq = ${seq}`;
        await owner`
          update audit_log set hash = audit_entry_hash(audit_log)
          where organization_id = ${organization} and seq = ${seq}`;
      }
      await owner`
        update audit_heads h set seq = l.seq, hash = l.hash from audit_log l
        where h.organization_id = ${organization} and l.organization_id = h.organization_id
          and l.seq = (select max(seq) from audit_log where organization_id = ${organization})`;
    },
    async close() {
      await owner.end();
      await own.close();
    },
  };
  return bench;
}
