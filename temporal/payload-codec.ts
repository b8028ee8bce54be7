// Encrypts every workflow payload with AES-256-GCM (NIST SP 800-38D). The stored form is: 12 bytes of random nonce, the
// ciphertext, 16 bytes of tag; in the metadata the id of the key, and the wrapped data key where a key service wraps one.
// This form, and those before it, stay readable for ever: histories hold them.
// Who reaches Temporal without the keys must not be able to make a saga act: a payload that was not encrypted counts for
// nothing, and an encrypted one counts only for the workflow that it was written for, whose id is kept inside of it.

import { createCipheriv, createDecipheriv, randomBytes, type KeyObject } from 'node:crypto';
import type { Payload, PayloadCodec, SerializationContext } from '@temporalio/common';
import { METADATA_ENCODING_KEY, ValueError } from '@temporalio/common';
import protocol from '@temporalio/proto';
import { scheduleIds } from '../domain/ids.ts';
import { compressedBytes, inflated } from './compression.ts';
import { refusedPayload } from './refused.ts';
import type { PayloadKeys } from './payload-keys.ts';

export const ENCRYPTED_ENCODING = 'binary/encrypted';
const KEY_ID = 'encryption-key-id';
/** Of a payload under a data key: that key, wrapped by the key that KEY_ID names. */
const WRAPPED_KEY = 'encryption-wrapped-key';
/** Inside of the encryption: the id of the workflow that the payload belongs to. */
const OWNER = 'varloom-workflow';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const PayloadMessage = protocol.temporal.api.common.v1.Payload;

type Metadata = NonNullable<Payload['metadata']>;

/**
 * What becomes of a payload that was not encrypted with our keys, or for another workflow: `refuse` throws (a client's call fails), `mark` puts
 * REFUSED in its place (a workflow's interceptors turn that down: a task that fails is tried for ever).
 */
export type OnPlain = 'refuse' | 'mark';

export interface EncryptingCodec extends PayloadCodec {
  /** For who reads histories, of any workflow: plain payloads too. */
  read(payloads: readonly Payload[]): Promise<ReadPayload[]>;
}

export interface ReadPayload {
  payload: Payload;
  /** The id of the workflow that it was written for; of a Schedule, for what it starts. Undefined where none is kept in it. */
  owner: string | undefined;
}

export function createPayloadCodec(
  { activeKeyId, keys, dataKeys }: PayloadKeys,
  { onPlain = 'refuse' }: { onPlain?: OnPlain } = {},
): EncryptingCodec {
  const activeKey = keys.get(activeKeyId);
  if (!activeKey) throw new TypeError(`there is no payload key ${activeKeyId}`);

  /** What encrypts now, and the metadata that says so. */
  const encrypting = async (count: number): Promise<{ key: KeyObject; metadata: Metadata }> => {
    const encoding = { [METADATA_ENCODING_KEY]: Buffer.from(ENCRYPTED_ENCODING) };
    if (!dataKeys) return { key: activeKey, metadata: { ...encoding, [KEY_ID]: Buffer.from(activeKeyId) } };
    const { key, wrapped } = await dataKeys.toEncrypt(count);
    const wrappedKey = Buffer.from(wrapped.wrapped, 'base64');
    return { key, metadata: { ...encoding, [KEY_ID]: Buffer.from(wrapped.keyId), [WRAPPED_KEY]: wrappedKey } };
  };

  const keyOf = async (metadata: Metadata): Promise<KeyObject> => {
    const keyId = text(metadata[KEY_ID]);
    const wrapped = metadata[WRAPPED_KEY];
    if (wrapped) {
      if (dataKeys) return dataKeys.toDecrypt({ keyId, wrapped: Buffer.from(wrapped).toString('base64') });
      throw new ValueError(
        `The payload was encrypted under key "${keyId}" of a key service, and PAYLOAD_KEY_SERVICE names none`,
      );
    }
    const key = keys.get(keyId);
    if (key) return key;
    throw new ValueError(`The payload was encrypted with key "${keyId}", which is not among the payload keys`);
  };

  /** Undefined when it is not encrypted with our keys. */
  const unsealed = async ({ metadata, data }: Payload): Promise<ReadPayload | undefined> =>
    metadata != null && text(metadata[METADATA_ENCODING_KEY]) === ENCRYPTED_ENCODING
      ? disowned(opened(await keyOf(metadata), data ?? new Uint8Array()))
      : undefined;

  return {
    // Encryption of a few hundred bytes is quicker than a trip to another thread.
    async encode(payloads, context) {
      if (payloads.length === 0) return [];
      const { key, metadata } = await encrypting(payloads.length);
      const owner = ownerOf(context);
      return payloads.map((payload) => ({
        metadata: { ...metadata },
        data: sealed(key, compressedBytes(owned(payload, owner))),
      }));
    },

    async decode(payloads, context) {
      const owner = ownerOf(context);
      const decoded: Payload[] = [];
      for (const payload of payloads) {
        const ours = await unsealed(payload);
        if (ours && isFor(owner, ours.owner)) decoded.push(ours.payload);
        else if (onPlain === 'mark') decoded.push(refusedPayload());
        else if (ours) throw new ValueError('The encrypted payload was written for another workflow');
        else throw new ValueError('The payload is not encrypted, so nobody knows who wrote it');
      }
      return decoded;
    },

    async read(payloads) {
      const read: ReadPayload[] = [];
      for (const payload of payloads) read.push((await unsealed(payload)) ?? { payload, owner: undefined });
      return read;
    },
  };
}

/** Undefined where the SDK does not know it. Without the namespace, which a replay does not know. */
const ownerOf = (context: SerializationContext | undefined): string | undefined => context?.workflowId;

const owned = (payload: Payload, owner: string | undefined): Payload =>
  owner === undefined ? payload : { ...payload, metadata: { ...payload.metadata, [OWNER]: Buffer.from(owner) } };

function disowned(payload: Payload): ReadPayload {
  const { [OWNER]: written, ...metadata } = payload.metadata ?? {};
  return written ? { payload: { ...payload, metadata }, owner: text(written) } : { payload, owner: undefined };
}

/** What has no owner in it is of a history from before they were kept; who names no workflow reads all of them. */
const isFor = (owner: string | undefined, written: string | undefined): boolean =>
  owner === undefined || written === undefined || isOf(written, owner);

/** To what a Schedule starts its workflows under, Temporal appends the time of each. */
function isOf(written: string, owner: string): boolean {
  if (written === owner) return true;
  return SCHEDULES.has(written) && owner.startsWith(written) && TIME_OF_RUN.test(owner.slice(written.length));
}

const SCHEDULES: ReadonlySet<string> = new Set(Object.values(scheduleIds));
const TIME_OF_RUN = /^-\d{4}-\d\d-\d\dT[\d:.]+Z$/;

function sealed(key: KeyObject, plain: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function opened(key: KeyObject, data: Uint8Array): Payload {
  if (data.length < NONCE_BYTES + TAG_BYTES) throw new ValueError('The encrypted payload is too short');
  const decipher = createDecipheriv('aes-256-gcm', key, data.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAuthTag(data.subarray(data.length - TAG_BYTES));
  let payload: Payload;
  try {
    const plain = Buffer.concat([decipher.update(data.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    payload = PayloadMessage.decode(plain);
  } catch (cause) {
    throw new ValueError('The encrypted payload was altered, or the key of that id is another one', cause);
  }
  return inflated(payload);
}

function text(bytes: Uint8Array | null | undefined): string {
  return bytes ? Buffer.from(bytes).toString('utf8') : '';
}
