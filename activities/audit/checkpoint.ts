// A checkpoint: where the audit log of an organization stood, signed, with the hash of the checkpoint before. It is kept as
// `audit/<organization>/<seq>.json` in the results bucket, out of reach of who owns the database.

import { createHash, sign, verify } from 'node:crypto';
import { z } from 'zod';
import type { DueCheckpoint } from '../../db/audit/checkpoints.ts';
import type { ObjectRef } from '../../store/store.ts';
import type { SigningKeys } from './signing-keys.ts';

const FORM = 'varloom-audit-checkpoint-1';
const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/);

const checkpointDocument = z.strictObject({
  form: z.literal(FORM),
  organization_id: z.uuid(),
  /** Of the entry that this is for, its hash and its time. */
  seq: z.int().min(1),
  hash: sha256Hex,
  at: z.string().min(1),
  /** The checkpoint before: its entry, and the SHA-256 of its text. */
  previous: z.strictObject({ seq: z.int().min(1), sha256: sha256Hex }).nullable(),
  key_id: z.string().min(1),
  /** For those who have the keys elsewhere, to compare. It proves nothing by itself. */
  public_key: z.base64(),
  signature: z.base64(),
});
export type CheckpointDocument = z.infer<typeof checkpointDocument>;

export const CHECKPOINTS = 'audit/';

export const checkpointRef = (organizationId: string, seq: number): ObjectRef => ({
  bucket: 'results',
  key: `${CHECKPOINTS}${organizationId}/${seq}.json`,
});

/** The organization and entry that a key is for; undefined for what is no checkpoint's. */
export function parseCheckpointKey(key: string): { organizationId: string; seq: number } | undefined {
  const [, organizationId, seq] = /^audit\/([0-9a-f-]{36})\/([1-9]\d{0,14})\.json$/.exec(key) ?? [];
  return organizationId === undefined ? undefined : { organizationId, seq: Number(seq) };
}

export const textHash = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The text of a checkpoint. The same for the same entry and key, however often it is made. */
export function signCheckpoint(due: DueCheckpoint, keys: SigningKeys): string {
  if (!keys.active) throw new Error('there is no private key to sign with');
  const { keyId, privateKey } = keys.active;
  const publicKey = keys.publicKeys.get(keyId);
  if (!publicKey) throw new Error(`the public half of key ${keyId} is missing`);
  const facts = {
    form: FORM,
    organization_id: due.organizationId,
    seq: due.seq,
    hash: due.hash,
    at: due.at,
    previous: due.previous ? { seq: due.previous.seq, sha256: due.previous.documentHash } : null,
    key_id: keyId,
    public_key: publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
  } as const;
  const signature = sign(null, signedText(facts), privateKey).toString('base64');
  return `${JSON.stringify({ ...facts, signature }, null, 2)}\n`;
}

/** What the text says, or why it is not to be believed. */
export function readCheckpoint(
  text: string,
  expected: { organizationId: string; seq: number },
  keys: SigningKeys,
): CheckpointDocument | { refusal: string } {
  let parsed: ReturnType<typeof checkpointDocument.safeParse>;
  try {
    parsed = checkpointDocument.safeParse(JSON.parse(text));
  } catch {
    return { refusal: 'is not JSON' };
  }
  if (!parsed.success) return { refusal: 'is not of the form of a checkpoint' };
  const { data } = parsed;
  const publicKey = keys.publicKeys.get(data.key_id);
  if (!publicKey) return { refusal: `is signed with the key ${data.key_id}, which is not among ours` };
  if (!verify(null, signedText(data), publicKey, Buffer.from(data.signature, 'base64'))) {
    return { refusal: 'has a signature that is not that of its key' };
  }
  if (data.organization_id !== expected.organizationId || data.seq !== expected.seq) {
    return { refusal: 'is that of another entry' };
  }
  return data;
}

function signedText(facts: Omit<CheckpointDocument, 'signature'>): Buffer {
  const { form, organization_id, seq, hash, at, previous, key_id } = facts;
  return Buffer.from(
    JSON.stringify([form, organization_id, seq, hash, at, previous?.seq ?? null, previous?.sha256 ?? null, key_id]),
  );
}
