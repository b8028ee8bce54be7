// The calls of the store that bring archived objects back, and nothing else: what a restore is measured against.

import { setTimeout as pause } from 'node:timers/promises';
import { CopyObjectCommand, DeleteObjectCommand, HeadObjectCommand, RestoreObjectCommand } from '@aws-sdk/client-s3';
import type { S3 } from '../../../store/client.ts';
import { storedSha256Of } from '../../../store/copy.ts';
import { retrievalOf } from '../../../store/retrieve.ts';
import { boundedly } from '../../../workflows/boundedly.ts';
import type { ArchivedObject } from '../archived-results.ts';

/** The emulated store's; who knows it asks no earlier. */
export const RETRIEVAL_MS = 2000;
const POLL_MS = 50;

/** Asks for each object, waits until it can be read, copies it to STANDARD, proves the copy whole, removes the archived one. */
export async function restoreBarely(
  { client }: S3,
  bucket: string,
  objects: readonly ArchivedObject[],
  width: number,
): Promise<void> {
  await boundedly(objects, width, async ({ key, sizeBytes, sha256 }) => {
    const archived = { Bucket: bucket, Key: key };
    const live = { Bucket: bucket, Key: `live/${key}` };
    await client.send(
      new RestoreObjectCommand({
        ...archived,
        RestoreRequest: { Days: 2, GlacierJobParameters: { Tier: 'Standard' } },
      }),
    );
    await pause(RETRIEVAL_MS);
    while (retrievalOf((await client.send(new HeadObjectCommand(archived))).Restore) !== 'available') {
      await pause(POLL_MS);
    }
    await client.send(
      new CopyObjectCommand({
        ...live,
        CopySource: `${bucket}/${key}`,
        StorageClass: 'STANDARD',
        ChecksumAlgorithm: 'SHA256',
      }),
    );
    const copy = await client.send(new HeadObjectCommand({ ...live, ChecksumMode: 'ENABLED' }));
    if (copy.ContentLength !== sizeBytes || storedSha256Of(copy) !== sha256) throw new Error(`${key} is not whole`);
    await client.send(new DeleteObjectCommand(archived));
  });
}
