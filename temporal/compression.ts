// Compression of payloads before they are encrypted. What was compressed stands inside of the encryption, as a payload of the
// encoding `binary/zlib`: nobody without the keys can say that something is compressed which is not.

import { deflateSync, inflateSync } from 'node:zlib';
import { METADATA_ENCODING_KEY, ValueError } from '@temporalio/common';
import protocol from '@temporalio/proto';
import type { Payload } from '@temporalio/common';

/** Below this nothing is gained: most payloads of ours are ids. */
export const COMPRESSED_FROM_BYTES = 1024;
/** Temporal stores 2 MiB a payload. What inflates to more than this was not made by us. */
export const INFLATED_LIMIT_BYTES = 32 * 1024 ** 2;

const ENCODING = Buffer.from('binary/zlib');
const PayloadMessage = protocol.temporal.api.common.v1.Payload;

/** The payload's bytes, or those of a payload that holds them compressed, when that is shorter. */
export function compressedBytes(payload: Payload): Uint8Array {
  const plain = PayloadMessage.encode(payload).finish();
  if (plain.length < COMPRESSED_FROM_BYTES || plain.length > INFLATED_LIMIT_BYTES) return plain;
  // The quickest level: a saga waits for it.
  const data = deflateSync(plain, { level: 1 });
  const compressed = PayloadMessage.encode({ metadata: { [METADATA_ENCODING_KEY]: ENCODING }, data }).finish();
  return compressed.length < plain.length ? compressed : plain;
}

/** @throws ValueError when it is damaged, or larger than the limit */
export function inflated(payload: Payload): Payload {
  const encoding = payload.metadata?.[METADATA_ENCODING_KEY];
  if (!encoding || !ENCODING.equals(encoding)) return payload;
  try {
    const plain = inflateSync(payload.data ?? new Uint8Array(), { maxOutputLength: INFLATED_LIMIT_BYTES });
    return PayloadMessage.decode(plain);
  } catch (cause) {
    throw new ValueError('The compressed payload is damaged, or larger than is allowed', cause);
  }
}
