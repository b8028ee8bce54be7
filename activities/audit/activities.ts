// Checkpoints of the audit log, written to the object store: what was recorded until now cannot be computed anew unseen.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { log } from '@temporalio/activity';
import { beginCheckpoint, finishCheckpoint, organizationsWithoutCheckpoint } from '../../db/audit/checkpoints.ts';
import type { Database } from '../../db/client.ts';
import type { Principal } from '../../domain/principal.ts';
import type { ObjectStore } from '../../store/store.ts';
import { alive } from '../storage/alive.ts';
import { checkpointRef, signCheckpoint, textHash } from './checkpoint.ts';
import type { SigningKeys } from './signing-keys.ts';

export interface AuditDependencies {
  database: Database;
  store: ObjectStore;
  principal: () => Principal;
  /** Undefined: nothing is signed. */
  keys: SigningKeys | undefined;
}

export interface CheckpointsWritten {
  written: number;
  /** Organizations whose log is shorter than at its last checkpoint, or lacks what is to be signed. */
  faulty: string[];
  /** Pass it to go on; null when every chain was looked at. */
  next: string | null;
}

export function createAuditActivities(dependencies: AuditDependencies) {
  const { database, principal, keys } = dependencies;
  return {
    /** A checkpoint for each of the next `limit` organizations whose log has grown since its last one. */
    'audit.checkpoint.write': ({
      after,
      limit,
    }: {
      after: string | null;
      limit: number;
    }): Promise<CheckpointsWritten> =>
      alive(async (signal) => {
        const report: CheckpointsWritten = { written: 0, faulty: [], next: null };
        if (!keys?.active) {
          log.warn('AUDIT_KEY_FILE names no private key: the audit log has no new checkpoint');
          return report;
        }
        const organizations = await organizationsWithoutCheckpoint(database, principal(), after, limit);
        for (const organizationId of organizations) {
          signal.throwIfAborted();
          if (await writeCheckpoint(dependencies, keys, organizationId, signal)) report.written += 1;
          else report.faulty.push(organizationId);
        }
        report.next = organizations.length < limit ? null : (organizations.at(-1) ?? null);
        return report;
      }),
  };
}

export type AuditActivities = ReturnType<typeof createAuditActivities>;

/** False when there is nothing that may be signed. */
async function writeCheckpoint(
  { database, store, principal }: AuditDependencies,
  keys: SigningKeys,
  organizationId: string,
  signal: AbortSignal,
): Promise<boolean> {
  const due = await beginCheckpoint(database, principal(), organizationId);
  if (!due) return false;
  const text = signCheckpoint(due, keys);
  const directory = await mkdtemp(join(tmpdir(), 'varloom-checkpoint-'));
  try {
    const path = join(directory, 'checkpoint.json');
    await writeFile(path, text);
    const file = { sizeBytes: Buffer.byteLength(text), sha256: textHash(text), contentType: 'application/json' };
    await store.upload(checkpointRef(organizationId, due.seq), path, file, { signal });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  await finishCheckpoint(database, principal(), { organizationId, seq: due.seq, documentHash: textHash(text) });
  return true;
}
