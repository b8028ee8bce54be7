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
} from '@aws-sdk/client-s3';
import { SINGLE_REQUEST_LIMIT_BYTES } from '../domain/plans.ts';
import type { S3 } from './client.ts';
import { CopyDiffers, ObjectMissing, type ObjectRef, type TransferOptions, type WrittenFile } from './store.ts';

const PART_BYTES = 1024 ** 3;

export async function copyInStore(
  s3: S3,
  from: ObjectRef,
  to: ObjectRef,
  copy: WrittenFile & { storageClass: string },
  { signal, onBytes }: TransferOptions = {},
): Promise<void> {
  const { client, bucketNames } = s3;
  const abort = signal ? { abortSignal: signal } : {};
  const source = { Bucket: bucketNames[from.bucket], Key: from.key };
  const target = { Bucket: bucketNames[to.bucket], Key: to.key };
  const storageClass = storageClassOf(copy.storageClass);
  const CopySource = `${source.Bucket}/${source.Key.split('/').map(encodeURIComponent).join('/')}`;

  try {
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
    if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404) {
      throw new ObjectMissing(`${from.bucket}/${from.key}`, { cause: error });
    }
    throw error;
  }

  const difference = await differenceOf();
  if (difference === undefined) return;
  await client.send(new DeleteObjectCommand(target));
  throw new CopyDiffers(difference);

  async function copyInParts(): Promise<void> {
    const { Metadata } = await client.send(new HeadObjectCommand(source), abort);
    const { UploadId } = await client.send(
      new CreateMultipartUploadCommand({
        ...target,
        ...(Metadata ? { Metadata } : {}),
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

  /** What is wrong with the copy, or undefined when it is whole. */
  async function differenceOf(): Promise<string | undefined> {
    const made = await client.send(new HeadObjectCommand({ ...target, ChecksumMode: 'ENABLED' }));
    if (made.ContentLength !== copy.sizeBytes) {
      return `the copy has ${made.ContentLength} bytes instead of ${copy.sizeBytes}`;
    }
    if ((made.StorageClass ?? 'STANDARD') !== storageClass) {
      return `the copy is in class ${made.StorageClass ?? 'STANDARD'} instead of ${storageClass}`;
    }
    if (copy.sizeBytes <= SINGLE_REQUEST_LIMIT_BYTES) {
      const expected = Buffer.from(copy.sha256, 'hex').toString('base64');
      if (made.ChecksumSHA256 === expected) return undefined;
      return made.ChecksumSHA256 ? 'the copy has another SHA-256' : 'the store gave no SHA-256 of the copy';
    }
    const original = await client.send(new HeadObjectCommand({ ...source, ChecksumMode: 'ENABLED' }));
    if (made.ChecksumType === 'FULL_OBJECT' && made.ChecksumCRC64NVME !== undefined) {
      return made.ChecksumCRC64NVME === original.ChecksumCRC64NVME ? undefined : 'the copy has another CRC64NVME';
    }
    return 'the store gave no full-object checksum of the copy';
  }
}

function storageClassOf(name: string): StorageClass {
  const known = Object.values(StorageClass).find((value) => value === name);
  if (!known) throw new TypeError(`${name} is not a storage class`);
  return known;
}
