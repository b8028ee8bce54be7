// The keys that sign checkpoints of the audit log: a JSON file `{"active": ID, "keys": {ID: {"public": …, "private": …}}}`,
// Ed25519, base64 of SPKI and PKCS#8. An old key, and the copy of an auditor, needs its public half only.

import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { BadSettings } from '../../process/settings.ts';

export interface SigningKeys {
  /** What new checkpoints are signed with; undefined where they can only be verified. */
  active: { keyId: string; privateKey: KeyObject } | undefined;
  /** Whose signatures are believed, by key id. */
  publicKeys: ReadonlyMap<string, KeyObject>;
}

const keysFile = z.strictObject({
  active: z.string().min(1).optional(),
  keys: z.record(z.string().min(1), z.strictObject({ public: z.base64(), private: z.base64().optional() })),
});

/** @throws BadSettings naming the setting, the file and the fault, never a key */
export function readSigningKeys(path: string): SigningKeys {
  const refuse = (reason: string) =>
    new BadSettings(`AUDIT_KEY_FILE: the signing keys in ${path} cannot be used: ${reason}`);
  let content: z.infer<typeof keysFile>;
  try {
    content = keysFile.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    throw refuse(
      error instanceof z.ZodError ? 'it is not of the form {"active", "keys"}' : 'it cannot be read as JSON',
    );
  }
  const publicKeys = new Map<string, KeyObject>();
  let active: SigningKeys['active'];
  for (const [keyId, halves] of Object.entries(content.keys)) {
    try {
      const publicKey = createPublicKey({ key: Buffer.from(halves.public, 'base64'), format: 'der', type: 'spki' });
      if (publicKey.asymmetricKeyType !== 'ed25519') throw new TypeError('not Ed25519');
      publicKeys.set(keyId, publicKey);
      if (keyId !== content.active || halves.private === undefined) continue;
      const privateKey = createPrivateKey({
        key: Buffer.from(halves.private, 'base64'),
        format: 'der',
        type: 'pkcs8',
      });
      if (!createPublicKey(privateKey).equals(publicKey)) throw new TypeError('not a pair');
      active = { keyId, privateKey };
    } catch {
      throw refuse(`the halves of key ${keyId} are not an Ed25519 pair`);
    }
  }
  if (content.active !== undefined && !publicKeys.has(content.active)) {
    throw refuse(`the active key ${content.active} is not among them`);
  }
  return { active, publicKeys };
}
