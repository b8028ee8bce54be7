// Keys in a file: `{"active": ID, "keys": {ID: base64 of 32 bytes}}`. The active key wraps; every key listed unwraps.
// Wrapped is nonce, ciphertext and tag of AES-256-GCM, with the key's id and the context as associated data.

import { createCipheriv, createDecipheriv, createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { BadSettings } from '../process/settings.ts';
import { inSpan } from '../process/spans.ts';
import { KeyRefused, type KeyContext, type KeyService } from './key-service.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const keysFile = z.strictObject({
  active: z.string().min(1),
  keys: z.record(z.string().min(1), z.base64()),
});

/** @throws BadSettings naming the setting, the file and the fault, never a key */
export function openKeyFile(path: string): KeyService {
  const fault = (reason: string) => new BadSettings(`PATIENT_KEYS_FILE: the keys in ${path} cannot be used: ${reason}`);
  let content: z.infer<typeof keysFile>;
  try {
    content = keysFile.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    throw fault(error instanceof z.ZodError ? 'not of the form {"active", "keys"}' : 'the file cannot be read as JSON');
  }
  const keys = new Map<string, KeyObject>();
  for (const [id, base64] of Object.entries(content.keys)) {
    const bytes = Buffer.from(base64, 'base64');
    if (bytes.length !== 32) throw fault(`the key ${id} has ${bytes.length} bytes instead of 32`);
    keys.set(id, createSecretKey(bytes));
  }
  if (!keys.has(content.active)) throw fault(`the active key ${content.active} is not among them`);
  return createKeyFileService(content.active, keys);
}

/** As a call of a key service that is elsewhere: a trace shows how often keys are asked for, wherever they are. */
const callTo = (method: 'wrap' | 'unwrap') => ({
  name: `KeyFile ${method}`,
  attributes: { 'rpc.system': 'file', 'rpc.service': 'KeyFile', 'rpc.method': method },
});

export function createKeyFileService(activeKeyId: string, keys: ReadonlyMap<string, KeyObject>): KeyService {
  const keyOf = (id: string): KeyObject => {
    const key = keys.get(id);
    if (!key) throw new KeyRefused(`the key ${id} is not in the key file`);
    return key;
  };
  return {
    keyId: activeKeyId,

    wrap: (dataKey, context) =>
      inSpan(callTo('wrap'), async () => {
        const nonce = randomBytes(NONCE_BYTES);
        const cipher = createCipheriv('aes-256-gcm', keyOf(activeKeyId), nonce, { authTagLength: TAG_BYTES });
        cipher.setAAD(associatedData(activeKeyId, context));
        const wrapped = Buffer.concat([nonce, cipher.update(dataKey), cipher.final(), cipher.getAuthTag()]);
        return { keyId: activeKeyId, wrapped: wrapped.toString('base64') };
      }),

    unwrap: ({ keyId, wrapped }, context) =>
      inSpan(callTo('unwrap'), async () => {
        const bytes = Buffer.from(wrapped, 'base64');
        if (bytes.length <= NONCE_BYTES + TAG_BYTES) throw new KeyRefused('the wrapped key is too short');
        const decipher = createDecipheriv('aes-256-gcm', keyOf(keyId), bytes.subarray(0, NONCE_BYTES), {
          authTagLength: TAG_BYTES,
        });
        decipher.setAAD(associatedData(keyId, context));
        decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
        try {
          return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
        } catch (cause) {
          throw new KeyRefused('the wrapped key was altered, or belongs to something else', { cause });
        }
      }),
  };
}

function associatedData(keyId: string, context: KeyContext): Buffer {
  // In one order, whatever order the caller wrote it in.
  const entries = Object.entries(context).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.from(JSON.stringify([keyId, entries]));
}
