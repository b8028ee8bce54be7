// The data converter of every client and worker.

import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import { createPayloadCodec, type OnPlain } from './payload-codec.ts';
import type { PayloadKeys } from './payload-keys.ts';

/** Also needed when workflows are bundled: the bundle contains it. */
export const failureConverterPath = fileURLToPath(new URL('./failure-converter.ts', import.meta.url));

export function createDataConverter(keys: PayloadKeys, onPlain: OnPlain): DataConverter {
  return { failureConverterPath, payloadCodecs: [createPayloadCodec(keys, { onPlain })] };
}
