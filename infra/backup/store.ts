// The objects of both buckets out and in again. A copy is kept by its SHA-256: a second backup into the same directory reads
// only what is new or was replaced.

import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { join } from 'node:path';
import {
  GetObjectCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  RestoreObjectCommand,
  S3Client,
  S3ServiceException,
  StorageClass,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { makeParent, makePrivate, objectFile, type BackedUpObject } from './manifest.ts';
import { Refused, type BackupSettings, type BucketName } from './settings.ts';

/** The largest object that one request may write. */
const ONE_REQUEST_BYTES = 5 * 1024 ** 3;
const ARCHIVE_CLASSES = ['GLACIER', 'DEEP_ARCHIVE'];
/** How long a retrieved object can be read: the next backup comes before. */
const RETRIEVED_DAYS = 3;
/** How often an object may be replaced between a look at it and its reading. */
const LOOKS = 5;

export function connectStore({ endpoint, region, credentials }: BackupSettings): S3Client {
  return new S3Client({
    region,
    ...(endpoint ? { endpoint, forcePathStyle: true } : {}),
    ...(credentials ? { credentials } : {}),
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}

export interface StoreBackup {
  objects: BackedUpObject[];
  /** How many were read from the store this time, and how many of the archived ones were asked for. */
  copied: number;
  asked: number;
}

const isStatus = (error: unknown, status: number) =>
  error instanceof S3ServiceException && error.$metadata.httpStatusCode === status;

/**
 * `before`: what an earlier backup in this directory holds. `only`: keys of results, where not everything is wanted. An object
 * that vanishes meanwhile is none.
 */
export async function backUpStore(
  s3: S3Client,
  { buckets }: Pick<BackupSettings, 'buckets'>,
  directory: string,
  before: readonly BackedUpObject[],
  { retrieve, only }: { retrieve: boolean; only?: readonly string[] },
): Promise<StoreBackup> {
  await makePrivate(join(directory, 'objects'));
  const known = new Map(before.map((object) => [idOf(object), object]));
  const result: StoreBackup = { objects: [], copied: 0, asked: 0 };
  const add = async (bucket: BucketName, key: string): Promise<void> => {
    const found = await lookedAt(s3, buckets[bucket], bucket, key, known, directory);
    if (!found) return;
    if (found.isCopied) result.copied += 1;
    else if (found.object.sha256 === null && retrieve) result.asked += await ask(s3, buckets[bucket], key);
    result.objects.push(found.object);
  };
  if (only) {
    for (const key of only) await add('results', key);
    return result;
  }
  for (const bucket of ['inputs', 'results'] as const) {
    const pages = paginateListObjectsV2({ client: s3 }, { Bucket: buckets[bucket] });
    for await (const { Contents: listed = [] } of pages) {
      for (const { Key: key = '' } of listed) await add(bucket, key);
    }
  }
  return result;
}

const idOf = (object: BackedUpObject) => JSON.stringify([object.bucket, object.key, object.etag]);

/** The object with its bytes in the backup, or archived without; undefined when it is gone. */
async function lookedAt(
  s3: S3Client,
  bucketName: string,
  bucket: BucketName,
  key: string,
  known: ReadonlyMap<string, BackedUpObject>,
  directory: string,
): Promise<{ object: BackedUpObject; isCopied: boolean } | undefined> {
  for (let look = 0; look < LOOKS; look += 1) {
    const facts = await factsOf(s3, bucketName, bucket, key);
    if (!facts) return undefined;
    const { isReadable, ...object } = facts;
    const earlier = known.get(idOf(object));
    if (earlier?.sha256 && (await isThere(directory, earlier))) {
      return { object: { ...object, sha256: earlier.sha256 }, isCopied: false };
    }
    if (!isReadable) return { object, isCopied: false };
    const copy = await copied(s3, bucketName, object, directory);
    if (copy === 'gone') return undefined;
    if (copy === 'archived') return { object, isCopied: false };
    if (copy !== 'replaced') return { object: { ...object, sha256: copy.sha256 }, isCopied: true };
  }
  throw new Error(`${bucket}/${key} was replaced ${LOOKS} times while it was read`);
}

/** Of what was seen one after the other, the last; but bytes that are here are not given up for a reference. */
export function joined(...seen: (readonly BackedUpObject[])[]): BackedUpObject[] {
  const objects = new Map<string, BackedUpObject>();
  for (const object of seen.flat()) {
    const id = `${object.bucket}/${object.key}`;
    if (object.sha256 !== null || !objects.get(id)?.sha256) objects.set(id, object);
  }
  return [...objects.values()];
}

async function factsOf(
  s3: S3Client,
  bucketName: string,
  bucket: BucketName,
  key: string,
): Promise<(BackedUpObject & { isReadable: boolean }) | undefined> {
  try {
    const head = await s3.send(new HeadObjectCommand({ Bucket: bucketName, Key: key }));
    return {
      ...{ bucket, key, etag: head.ETag ?? '', sizeBytes: head.ContentLength ?? 0 },
      storageClass: head.StorageClass ?? 'STANDARD',
      ...(head.ContentType ? { contentType: head.ContentType } : {}),
      metadata: head.Metadata ?? {},
      sha256: null,
      // An archived object can be read for some days after it was asked for, and has come.
      isReadable:
        !ARCHIVE_CLASSES.includes(head.StorageClass ?? '') || /ongoing-request="false"/.test(head.Restore ?? ''),
    };
  } catch (error) {
    if (isStatus(error, 404)) return undefined;
    throw error;
  }
}

const isThere = async (directory: string, { sha256, sizeBytes }: BackedUpObject): Promise<boolean> =>
  sha256 !== null && (await stat(objectFile(directory, sha256)).catch(() => undefined))?.size === sizeBytes;

/** The checksum under which it is kept now, or what has become of the object since it was looked at. */
async function copied(
  s3: S3Client,
  bucketName: string,
  { key, etag }: BackedUpObject,
  directory: string,
): Promise<{ sha256: string } | 'archived' | 'gone' | 'replaced'> {
  let body: unknown;
  try {
    ({ Body: body } = await s3.send(new GetObjectCommand({ Bucket: bucketName, Key: key, IfMatch: etag })));
  } catch (error) {
    if (error instanceof S3ServiceException && error.name === 'InvalidObjectState') return 'archived';
    if (isStatus(error, 404)) return 'gone';
    if (isStatus(error, 412)) return 'replaced';
    throw error;
  }
  if (!(body instanceof Readable)) throw new Error(`the store answered without a body: ${key}`);
  const hash = createHash('sha256');
  const draft = join(directory, 'objects', `part-${randomUUID()}`);
  body.on('data', (chunk: Buffer) => hash.update(chunk));
  await pipeline(body, createWriteStream(draft, { mode: 0o600 }));
  const sha256 = hash.digest('hex');
  const path = objectFile(directory, sha256);
  await makeParent(path);
  await rename(draft, path);
  return { sha256 };
}

/** 1 when the store is asked for an archived object, or was before; 0 when there is none to ask for any more. */
async function ask(s3: S3Client, bucketName: string, key: string): Promise<number> {
  const request = { Days: RETRIEVED_DAYS, GlacierJobParameters: { Tier: 'Standard' } } as const;
  try {
    await s3.send(new RestoreObjectCommand({ Bucket: bucketName, Key: key, RestoreRequest: request }));
  } catch (error) {
    // It was deleted, or is readable again: the listing after the snapshot sees it.
    if (isStatus(error, 404)) return 0;
    if (!(error instanceof S3ServiceException)) throw error;
    if (error.name === 'InvalidObjectState') return 0;
    if (error.name !== 'RestoreAlreadyInProgress') throw error;
  }
  return 1;
}

export interface StoreRestore {
  written: number;
  /** Objects that the backup only refers to, and that this store does not have. */
  missing: BackedUpObject[];
  /** Inputs whose version is another one now: jobs that wait go by it. */
  replaced: { key: string; etag: string; before: string[] }[];
}

/** @throws Refused when the bytes of an object are not in the backup; the store checks them when they are written */
export async function refuseMissingObjects(directory: string, objects: readonly BackedUpObject[]): Promise<void> {
  for (const object of objects) {
    if (object.sha256 === null || (await isThere(directory, object))) continue;
    const path = objectFile(directory, object.sha256);
    throw new Refused(`${path} is missing, or not as long as it was: the bytes of ${object.bucket}/${object.key}`);
  }
}

/** What the store has already, with the same size, stays. The checksum of each is checked by the store itself. */
export async function restoreStore(
  s3: S3Client,
  { buckets }: BackupSettings,
  directory: string,
  objects: readonly BackedUpObject[],
): Promise<StoreRestore> {
  const result: StoreRestore = { written: 0, missing: [], replaced: [] };
  for (const object of objects) {
    const there = await factsOf(s3, buckets[object.bucket], object.bucket, object.key);
    let etag = there?.etag;
    if (object.sha256 === null) {
      if (!there) result.missing.push(object);
      continue;
    }
    if (there?.etag !== object.etag || there.sizeBytes !== object.sizeBytes) {
      etag = await written(s3, buckets[object.bucket], object, objectFile(directory, object.sha256), object.sha256);
      result.written += 1;
    }
    if (object.bucket === 'inputs' && etag !== undefined && etag !== object.etag) {
      // An earlier restore may have named the version that was there until now.
      result.replaced.push({ key: object.key, etag, before: [object.etag, ...(there ? [there.etag] : [])] });
    }
  }
  return result;
}

async function written(
  s3: S3Client,
  bucketName: string,
  { key, sizeBytes, storageClass, contentType, metadata }: BackedUpObject,
  path: string,
  sha256: string,
): Promise<string> {
  const known = Object.values(StorageClass).find((one) => one === storageClass);
  const target = {
    ...{ Bucket: bucketName, Key: key, Metadata: metadata, Body: createReadStream(path) },
    ...(contentType ? { ContentType: contentType } : {}),
    ...(known && known !== 'STANDARD' ? { StorageClass: known } : {}),
  };
  if (sizeBytes > ONE_REQUEST_BYTES) {
    const upload = new Upload({
      client: s3,
      params: { ...target, ChecksumAlgorithm: 'CRC64NVME' },
      partSize: 128 * 1024 ** 2,
    });
    return (await upload.done()).ETag ?? '';
  }
  const ChecksumSHA256 = Buffer.from(sha256, 'hex').toString('base64');
  const put = await s3.send(new PutObjectCommand({ ...target, ContentLength: sizeBytes, ChecksumSHA256 }));
  return put.ETag ?? '';
}

/** The SHA-256 of the object as the store has it now; undefined when there is none. */
export async function hashInStore(s3: S3Client, bucketName: string, key: string): Promise<string | undefined> {
  try {
    const { Body: body } = await s3.send(new GetObjectCommand({ Bucket: bucketName, Key: key }));
    if (!(body instanceof Readable)) return undefined;
    const hash = createHash('sha256');
    await pipeline(body, hash);
    return hash.digest('hex');
  } catch (error) {
    if (isStatus(error, 404)) return undefined;
    throw error;
  }
}

/** Removes copies that no object of the backup names any more: of erased data, among others. */
export async function removeUnused(directory: string, objects: readonly BackedUpObject[]): Promise<void> {
  const used = new Set(objects.map(({ sha256 }) => sha256));
  const entries = await readdir(join(directory, 'objects'), { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (entry.isFile() && !used.has(entry.name)) await rm(join(entry.parentPath, entry.name));
  }
}
