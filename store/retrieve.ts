// Asking the archive for an object (S3 API Reference, "RestoreObject"): the store makes a copy that can be read for some
// days, under the same key, and says so in a notice and in the header `x-amz-restore`.

import {
  HeadObjectCommand,
  ObjectAlreadyInActiveTierError,
  RestoreObjectCommand,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import type { RetrievalTier } from '../domain/billing.ts';
import type { S3 } from './client.ts';
import { isArchiveClass, ObjectMissing, RetrievalRefused, type ObjectRef, type Retrieval } from './store.ts';

/** What S3 calls a tier that the object's class does not know. */
const REFUSALS: ReadonlySet<string> = new Set([
  'InvalidObjectState',
  'InvalidArgument',
  'InvalidRequest',
  'MalformedXML',
]);

export async function retrieveFromArchive(
  { client, bucketNames }: S3,
  ref: ObjectRef,
  { tier, days }: { tier: RetrievalTier; days: number },
): Promise<Exclude<Retrieval, 'none'>> {
  const object = { Bucket: bucketNames[ref.bucket], Key: ref.key };
  try {
    return await ask(tier);
  } catch (error) {
    if (!isNamed(error, 'GlacierExpeditedRetrievalNotAvailable')) throw error;
    return ask('Standard');
  }

  async function ask(Tier: RetrievalTier): Promise<Exclude<Retrieval, 'none'>> {
    try {
      const { $metadata } = await client.send(
        new RestoreObjectCommand({ ...object, RestoreRequest: { Days: days, GlacierJobParameters: { Tier } } }),
      );
      // 202: the retrieval has begun. 200: there was a copy already, which now stays for longer.
      return $metadata.httpStatusCode === 200 ? 'available' : 'ongoing';
    } catch (error) {
      if (!(error instanceof S3ServiceException)) throw error;
      if (error instanceof ObjectAlreadyInActiveTierError) return 'available';
      if (error.$metadata.httpStatusCode === 404) {
        throw new ObjectMissing(`${ref.bucket}/${ref.key}`, { cause: error });
      }
      if (isNamed(error, 'RestoreAlreadyInProgress')) return 'ongoing';
      // Amazon answers the same for an object that is not archived and for one whose class does not know the tier.
      if (isNamed(error, 'InvalidObjectState') && !(await isArchived())) return 'available';
      if (REFUSALS.has(error.name)) {
        throw new RetrievalRefused(`${ref.bucket}/${ref.key}: ${error.message}`, { cause: error });
      }
      throw error;
    }
  }

  async function isArchived(): Promise<boolean> {
    const { StorageClass } = await client.send(new HeadObjectCommand(object));
    return isArchiveClass(StorageClass ?? 'STANDARD');
  }
}

/** Of the header `x-amz-restore`, which an object has only while it is being retrieved or its copy can be read. */
export function retrievalOf(restore: string | undefined): Retrieval {
  if (restore === undefined) return 'none';
  if (restore.includes('ongoing-request="true"')) return 'ongoing';
  const expiry = /expiry-date="([^"]+)"/.exec(restore)?.[1];
  return expiry !== undefined && Date.parse(expiry) <= Date.now() ? 'none' : 'available';
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof S3ServiceException && error.name === name;
}
