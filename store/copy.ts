// Copying inside the store, with the copy proven whole: by SHA-256 up to 5 GB, and above, where S3 copies in parts, by
// the full-object CRC64NVME that S3 keeps. (S3 User Guide, "Checking object integrity": SHA-256 is composite for parts.)

import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  S3ServiceException,
  StorageClass,
  UploadPartCopyCommand,
  type HeadObjectCommandOutput,
} from '@aws-sdk/client-s3';
import { SINGLE_REQUEST_LIMIT_BYTES } from '../domain/plans.ts';
import type { S3 } from './client.ts';
import { retrievalOf } from './retrieve.ts';
import {
  CopyDiffers,
  isArchiveClass,
  ObjectArchived,
  ObjectMissing,
  type ObjectRef,
  type TransferOptions,
  type WrittenFile,
} from './store.ts';

/** User metadata under which the SHA-256 of what we wrote is kept with the object, and with its copies. */
export const SHA256_METADATA = 'sha256';

const PART_BYTES = 1024 ** 3;
/** User metadata of a copy made in parts: the CRC64NVME of what it was copied from, to be held against its own. */
const SOURCE_CRC_METADATA = 'source-crc64nvme';

type ExpectedFile = WrittenFile & { storageClass: string };

export async function copyInStore(
  s3: S3,
  from: ObjectRef,
  to: ObjectRef,
  copy: ExpectedFile,
  { signal, onBytes }: TransferOptions = {},
): Promise<void> {
  const { client, bucketNames } = s3;
  const abort = signal ? { abortSignal: signal } : {};
  const source = { Bucket: bucketNames[from.bucket], Key: from.key };
  const target = { Bucket: bucketNames[to.bucket], Key: to.key };
  const storageClass = storageClassOf(copy.storageClass);
  const CopySource = `${source.Bucket}/${source.Key.split('/').map(encodeURIComponent).join('/')}`;

  try {
    // Amazon refuses by itself to copy what cannot be read; other stores were seen to copy it.
    if (!isArchiveClass(storageClass)) await refuseUnlessReadable();
    if (copy.sizeBytes <= SINGLE_REQUEST_LIMIT_BYTES) {
      await client.send(
        new CopyObjectCommand({ ...target, CopySource, StorageClass: storageClass, ChecksumAlgorithm: 'SHA256' }),
        abort,
      );
      onBytes?.(copy.sizeBytes);
    } else {
      await copyInParts();
    }
  } catch (error) {
    if (!(error instanceof S3ServiceException)) throw error;
    if (error.$metadata.httpStatusCode === 404) {
      throw new ObjectMissing(`${from.bucket}/${from.key}`, { cause: error });
    }
    if (error.name === 'InvalidObjectState') throw new ObjectArchived(`${from.bucket}/${from.key}`, { cause: error });
    throw error;
  }

  const made = await client.send(new HeadObjectCommand({ ...target, ChecksumMode: 'ENABLED' }));
  const difference = differenceOf(made, copy);
  if (difference === undefined) return;
  await client.send(new DeleteObjectCommand(target));
  throw new CopyDiffers(difference);

  async function refuseUnlessReadable(): Promise<void> {
    const original = await client.send(new HeadObjectCommand(source), abort);
    if (isArchiveClass(original.StorageClass ?? 'STANDARD') && retrievalOf(original.Restore) !== 'available') {
      throw new ObjectArchived(`${from.bucket}/${from.key}`);
    }
  }

  async function copyInParts(): Promise<void> {
    const original = await client.send(new HeadObjectCommand({ ...source, ChecksumMode: 'ENABLED' }), abort);
    const { UploadId } = await client.send(
      new CreateMultipartUploadCommand({
        ...target,
        Metadata: {
          ...original.Metadata,
          ...(original.ChecksumType === 'FULL_OBJECT' && original.ChecksumCRC64NVME
            ? { [SOURCE_CRC_METADATA]: original.ChecksumCRC64NVME }
            : {}),
        },
        StorageClass: storageClass,
        ChecksumAlgorithm: 'CRC64NVME',
        ChecksumType: 'FULL_OBJECT',
      }),
      abort,
    );
    try {
      const parts = [];
      for (let start = 0, number = 1; start < copy.sizeBytes; start += PART_BYTES, number += 1) {
        const end = Math.min(start + PART_BYTES, copy.sizeBytes);
        const { CopyPartResult } = await client.send(
          new UploadPartCopyCommand({
            ...target,
            UploadId,
            PartNumber: number,
            CopySource,
            CopySourceRange: `bytes=${start}-${end - 1}`,
          }),
          abort,
        );
        parts.push({
          PartNumber: number,
          ETag: CopyPartResult?.ETag,
          ChecksumCRC64NVME: CopyPartResult?.ChecksumCRC64NVME,
        });
        onBytes?.(end - start);
      }
      await client.send(
        new CompleteMultipartUploadCommand({
          ...target,
          UploadId,
          ChecksumType: 'FULL_OBJECT',
          MultipartUpload: { Parts: parts },
        }),
        abort,
      );
    } catch (error) {
      await client.send(new AbortMultipartUploadCommand({ ...target, UploadId }));
      throw error;
    }
  }
}

/** True when the object is there and is what a verified copy would be. */
export async function isWholeInStore(
  { client, bucketNames }: S3,
  ref: ObjectRef,
  expected: ExpectedFile,
): Promise<boolean> {
  const at = { Bucket: bucketNames[ref.bucket], Key: ref.key };
  try {
    const found = await client.send(new HeadObjectCommand({ ...at, ChecksumMode: 'ENABLED' }));
    return differenceOf(found, expected) === undefined;
  } catch (error) {
    if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404) return false;
    throw error;
  }
}

/** Lower-case hex; undefined when the store has none of the whole object. */
export function storedSha256Of(head: HeadObjectCommandOutput): string | undefined {
  if (head.ChecksumSHA256 === undefined || head.ChecksumType === 'COMPOSITE') return undefined;
  return Buffer.from(head.ChecksumSHA256, 'base64').toString('hex');
}

/** What is wrong with an object, or undefined when it is whole. */
function differenceOf(found: HeadObjectCommandOutput, expected: ExpectedFile): string | undefined {
  const storageClass = found.StorageClass ?? 'STANDARD';
  if (found.ContentLength !== expected.sizeBytes) {
    return `the copy has ${found.ContentLength} bytes instead of ${expected.sizeBytes}`;
  }
  if (storageClass !== expected.storageClass) {
    return `the copy is in class ${storageClass} instead of ${expected.storageClass}`;
  }
  if (expected.sizeBytes <= SINGLE_REQUEST_LIMIT_BYTES) {
    const sha256 = storedSha256Of(found);
    if (sha256 === expected.sha256) return undefined;
    return sha256 ? 'the copy has another SHA-256' : 'the store gave no SHA-256 of the copy';
  }
  if (found.Metadata?.[SHA256_METADATA] !== expected.sha256) return 'the copy is of an object with another SHA-256';
  const original = found.Metadata[SOURCE_CRC_METADATA];
  if (found.ChecksumType === 'FULL_OBJECT' && found.ChecksumCRC64NVME !== undefined && original !== undefined) {
    return found.ChecksumCRC64NVME === original ? undefined : 'the copy has another CRC64NVME';
  }
  return 'the store gave no full-object checksum of the copy';
}

function storageClassOf(name: string): StorageClass {
  const known = Object.values(StorageClass).find((value) => value === name);
  if (!known) throw new TypeError(`${name} is not a storage class`);
  return known;
}
