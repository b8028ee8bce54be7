// Encrypts every workflow payload with AES-256-GCM (NIST SP 800-38D), the key's id in the payload's metadata.
// The stored form is: 12 bytes of random nonce, the ciphertext, 16 bytes of tag.

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { METADATA_ENCODING_KEY, ValueError } from '@temporalio/common';
import protocol from '@temporalio/proto';
import type { PayloadKeys } from './payload-keys.ts';

export const ENCRYPTED_ENCODING = 'binary/encrypted';
const KEY_ID = 'encryption-key-id';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const PayloadMessage = protocol.temporal.api.common.v1.Payload;

export function createPayloadCodec({ activeKeyId, keys }: PayloadKeys): PayloadCodec {
  const activeKey = keys.get(activeKeyId);
  if (!activeKey) throw new TypeError(`there is no payload key ${activeKeyId}`);

  const encrypt = (payload: Payload): Payload => {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', activeKey, nonce);
    const plain = PayloadMessage.encode(payload).finish();
    const data = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    return {
      metadata: { [METADATA_ENCODING_KEY]: Buffer.from(ENCRYPTED_ENCODING), [KEY_ID]: Buffer.from(activeKeyId) },
      data,
    };
  };

  const decrypt = (payload: Payload): Payload => {
    // Histories from before encryption, and other programs' payloads, are read as they are.
    if (text(payload.metadata?.[METADATA_ENCODING_KEY]) !== ENCRYPTED_ENCODING) return payload;
    const keyId = text(payload.metadata?.[KEY_ID]);
    const key = keys.get(keyId);
    if (!key)
      throw new ValueError(`The payload was encrypted with key "${keyId}", which is not among the payload keys`);
    const data = payload.data ?? new Uint8Array();
    if (data.length < NONCE_BYTES + TAG_BYTES) throw new ValueError('The encrypted payload is too short');
    const decipher = createDecipheriv('aes-256-gcm', key, data.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAuthTag(data.subarray(data.length - TAG_BYTES));
    try {
      const plain = Buffer.concat([decipher.update(data.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
      return PayloadMessage.decode(plain);
    } catch (cause) {
      throw new ValueError('The encrypted payload was altered, or the key of that id is another one', cause);
    }
  };

  return {
    // Encryption of a few hundred bytes is quicker than a trip to another thread.
    encode: async (payloads) => payloads.map(encrypt),
    decode: async (payloads) => payloads.map(decrypt),
  };
}

function text(bytes: Uint8Array | null | undefined): string {
  return bytes ? Buffer.from(bytes).toString('utf8') : '';
}
