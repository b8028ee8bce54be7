// Verifies the audit log: every chain from its first entry, against its head, against the decisions that it records, and
// against the signed checkpoints in the store. What is found is told with the first entry that it concerns.

import { lastCheckpoint } from '../../db/audit/checkpoints.ts';
import { chainedOrganizations, walkChain, type ChainFault, type ChainReport } from '../../db/audit/chain.ts';
import { faultsOfDecisions } from '../../db/audit/signed-decisions.ts';
import type { Database } from '../../db/client.ts';
import { system } from '../../domain/principal.ts';
import type { ObjectStore } from '../../store/store.ts';
import { CHECKPOINTS, checkpointRef, parseCheckpointKey, readCheckpoint, textHash } from './checkpoint.ts';
import type { CheckpointDocument } from './checkpoint.ts';
import type { SigningKeys } from './signing-keys.ts';

export interface OrganizationReport {
  organizationId: string;
  /** Entries that are whole, and the hash of the last of them. */
  entries: number;
  hash: string;
  checkpoints: number;
  /** In the order of the entries; empty when nothing was found. */
  faults: ChainFault[];
}

export interface VerifyOptions {
  database: Database;
  /** Undefined: the chains alone are verified, without checkpoints. */
  checkpoints: { store: ObjectStore; keys: SigningKeys } | undefined;
  /** This one only. */
  organizationId?: string | undefined;
  onReport: (report: OrganizationReport) => void;
}

interface KeptCheckpoint {
  seq: number;
  text: string;
  /** Undefined when it is not to be believed. */
  document: CheckpointDocument | undefined;
}

const CHECKPOINT_LIMIT_BYTES = 16_384;
const READS_AT_ONCE = 16;

export async function verifyAuditLog(options: VerifyOptions): Promise<void> {
  const { database, checkpoints, organizationId, onReport } = options;
  // The list comes first: what it names was in the log before, so that the log is never found too short by mistake.
  const listed = checkpoints ? await listCheckpoints(checkpoints.store, organizationId) : new Map<string, number[]>();
  await database.read(
    system('audit-verify'),
    async (tx) => {
      const known = organizationId === undefined ? await chainedOrganizations(tx) : [organizationId];
      for (const organization of [...new Set([...known, ...listed.keys()])].toSorted()) {
        const faults: ChainFault[] = [];
        const pinned = await lastCheckpoint(tx, organization);
        let seqs = listed.get(organization) ?? [];
        if (checkpoints && pinned && !seqs.includes(pinned.seq)) {
          // Written after the list was made, or removed.
          seqs = (await listCheckpoints(checkpoints.store, organization)).get(organization) ?? [];
        }
        const kept = checkpoints ? await readCheckpoints(checkpoints, organization, seqs, faults) : [];
        const chain = await walkChain(tx, organization, new Set(seqs));
        if (chain.fault) faults.push(chain.fault);
        faults.push(...(await faultsOfDecisions(tx, organization)));
        if (checkpoints) faults.push(...faultsOfSequence(kept, pinned), ...faultsAgainst(kept, chain));
        faults.sort((a, b) => a.seq - b.seq);
        const { entries, hash } = chain;
        onReport({ organizationId: organization, entries, hash, checkpoints: kept.length, faults });
      }
    },
    { isSnapshot: true },
  );
}

async function listCheckpoints(store: ObjectStore, organizationId: string | undefined): Promise<Map<string, number[]>> {
  const found = new Map<string, number[]>();
  const prefix = organizationId === undefined ? CHECKPOINTS : `${CHECKPOINTS}${organizationId}/`;
  for await (const { key } of store.list('results', prefix)) {
    const place = parseCheckpointKey(key);
    if (!place) continue;
    const seqs = found.get(place.organizationId);
    if (seqs) seqs.push(place.seq);
    else found.set(place.organizationId, [place.seq]);
  }
  for (const seqs of found.values()) seqs.sort((a, b) => a - b);
  return found;
}

async function readCheckpoints(
  { store, keys }: { store: ObjectStore; keys: SigningKeys },
  organizationId: string,
  seqs: readonly number[],
  faults: ChainFault[],
): Promise<KeptCheckpoint[]> {
  const kept: KeptCheckpoint[] = [];
  for (let start = 0; start < seqs.length; start += READS_AT_ONCE) {
    const some = seqs.slice(start, start + READS_AT_ONCE);
    const texts = await Promise.all(
      some.map((seq) => store.readText(checkpointRef(organizationId, seq), CHECKPOINT_LIMIT_BYTES)),
    );
    for (const [i, seq] of some.entries()) {
      const text = texts[i] ?? '';
      const read = readCheckpoint(text, { organizationId, seq }, keys);
      if ('refusal' in read) {
        faults.push({ seq, fault: `its checkpoint ${read.refusal}` });
        kept.push({ seq, text, document: undefined });
      } else {
        kept.push({ seq, text, document: read });
      }
    }
  }
  return kept;
}

/** Each checkpoint names the one before, and Postgres knows the last: none may be missing, changed, or put in between. */
function faultsOfSequence(
  kept: readonly KeptCheckpoint[],
  pinned: { seq: number; documentHash: string } | undefined,
): ChainFault[] {
  const faults: ChainFault[] = [];
  let before: KeptCheckpoint | undefined;
  for (const checkpoint of kept) {
    const { document } = checkpoint;
    if (document) {
      const { previous } = document;
      if (previous && previous.seq !== before?.seq) {
        faults.push({
          seq: previous.seq,
          fault: `its checkpoint is missing, which that of entry ${document.seq} names`,
        });
      } else if (previous && before && previous.sha256 !== textHash(before.text)) {
        faults.push({ seq: previous.seq, fault: `its checkpoint is not the one that that of ${document.seq} names` });
      } else if (!previous && before) {
        faults.push({ seq: before.seq, fault: `its checkpoint is not named by that of entry ${document.seq}` });
      }
    }
    before = checkpoint;
  }
  const last = pinned && kept.find(({ seq }) => seq === pinned.seq);
  if (pinned && !last) faults.push({ seq: pinned.seq, fault: 'its checkpoint, the last that was written, is missing' });
  if (pinned && last && textHash(last.text) !== pinned.documentHash) {
    faults.push({ seq: pinned.seq, fault: 'its checkpoint is not the one that was written' });
  }
  return faults;
}

/** What was signed against what the log holds now; only the first difference, the others follow from it. */
function faultsAgainst(kept: readonly KeptCheckpoint[], chain: ChainReport): ChainFault[] {
  let verified = 0;
  for (const { seq, document } of kept) {
    if (!document) continue;
    const hash = chain.marked.get(seq);
    if (hash === document.hash) {
      verified = seq;
    } else if (hash !== undefined) {
      const range = verified + 1 === seq ? `entry ${seq}` : `an entry from ${verified + 1} to ${seq}`;
      return [
        { seq: verified + 1, fault: `${range} was rewritten: the checkpoint of ${document.at} has another hash` },
      ];
    } else if (!chain.fault) {
      const fault = `the log was cut off: the checkpoint of ${document.at} is for entry ${seq}`;
      return [{ seq: chain.entries + 1, fault }];
    }
  }
  return [];
}
