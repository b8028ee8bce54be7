// The keys that encrypt workflow payloads: a JSON file `{"active": ID, "keys": {ID: base64 of 32 bytes}}`.
// New payloads use the active key, or data keys where a key service wraps them; every key listed still decrypts.

import { createSecretKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { DataKeys } from '../kms/data-keys.ts';
import { BadSettings } from '../process/settings.ts';

export interface PayloadKeys {
  activeKeyId: string;
  keys: ReadonlyMap<string, KeyObject>;
  /** Set: new payloads are encrypted under these, and not under the active key. */
  dataKeys?: DataKeys | undefined;
}

const keysFile = z.strictObject({
  active: z.string().min(1),
  keys: z.record(z.string().min(1), z.base64()),
});

/** @throws BadSettings naming the setting, the file and the fault, never a key */
export function readPayloadKeys(path: string, dataKeys?: DataKeys): PayloadKeys {
  let content: z.infer<typeof keysFile>;
  try {
    content = keysFile.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    const reason =
      error instanceof z.ZodError ? 'it is not of the form {"active", "keys"}' : 'it cannot be read as JSON';
    throw new BadSettings(`PAYLOAD_KEYS_FILE: the payload keys in ${path} cannot be used: ${reason}`);
  }
  const keys = new Map<string, KeyObject>();
  for (const [id, base64] of Object.entries(content.keys)) {
    const bytes = Buffer.from(base64, 'base64');
    if (bytes.length !== 32)
      throw new BadSettings(
        `PAYLOAD_KEYS_FILE: the payload key ${id} in ${path} has ${bytes.length} bytes instead of 32`,
      );
    keys.set(id, createSecretKey(bytes));
  }
  if (!keys.has(content.active))
    throw new BadSettings(
      `PAYLOAD_KEYS_FILE: the active payload key ${content.active} is not among the keys in ${path}`,
    );
  return { activeKeyId: content.active, keys, dataKeys };
}
