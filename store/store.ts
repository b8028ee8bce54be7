// The object store as Varloom uses it: one narrow interface over the S3 API. Activities work through it; what the
// gateway needs besides (links and forms that a browser uses by itself) is in `presign.ts`.
// `s3.ts` is the adapter; the in-memory model that saga tests use is held to it by one contract suite.

import { ARCHIVE_CLASSES, type ArchiveClass, type RetrievalTier } from '../domain/billing.ts';

/** The two buckets: what users upload, and what the service makes of it. */
export type Bucket = 'inputs' | 'results';

export interface ObjectRef {
  bucket: Bucket;
  key: string;
}

export interface ObjectFacts {
  sizeBytes: number;
  /** Opaque; it only tells whether the object was replaced. Never a checksum. */
  etag: string;
  /** As S3 names it; `STANDARD` when S3 says nothing. */
  storageClass: string;
  /** Lower-case hex SHA-256 of the whole object, where we recorded it when we wrote the object. */
  sha256: string | undefined;
  /** The same, where the store itself has computed it from the bytes that it holds. */
  storedSha256: string | undefined;
  retrieval: Retrieval;
  lastModified: Date;
}

/**
 * Whether an archived object was asked for: `ongoing` takes minutes to days, `available` can be read for the days that
 * were asked for. `none` for an object that is not archived, and for one that nobody asked for.
 */
export type Retrieval = 'none' | 'ongoing' | 'available';

export interface StoredObject {
  key: string;
  sizeBytes: number;
  lastModified: Date;
}

export interface TransferOptions {
  signal?: AbortSignal;
  /** Called with the number of bytes moved since the last call. */
  onBytes?: (bytes: number) => void;
}

export interface WrittenFile {
  sizeBytes: number;
  /** Lower-case hex. */
  sha256: string;
}

export interface ObjectStore {
  /** Facts of an object, or undefined when there is none. */
  head(ref: ObjectRef): Promise<ObjectFacts | undefined>;
  /**
   * Writes the object to the local file `path`, which must not exist. With `etag`, only that version of the object.
   * @throws ObjectMissing when there is none, ObjectReplaced when it is another version, ObjectArchived when its class forbids reading
   */
  download(ref: ObjectRef, path: string, options?: TransferOptions & { etag?: string }): Promise<WrittenFile>;
  /** Uploads a local file (in parts when it is large); the SHA-256 given is recorded with the object and checked by the store. */
  upload(
    ref: ObjectRef,
    path: string,
    file: WrittenFile & { contentType: string },
    options?: TransferOptions,
  ): Promise<void>;
  /** The text of a small object (at most `limitBytes`, cut there), or undefined when there is none. */
  readText(ref: ObjectRef, limitBytes: number): Promise<string | undefined>;
  /**
   * Copies `from` to `to` within the store, in the storage class given, without moving bytes through this process, and
   * verifies size and full-object checksum of the copy before it returns.
   * @throws CopyDiffers when the copy is not whole; the copy is then removed. ObjectMissing when there is no `from`,
   * ObjectArchived when its class forbids reading
   */
  copy(
    from: ObjectRef,
    to: ObjectRef,
    copy: WrittenFile & { storageClass: string },
    options?: TransferOptions,
  ): Promise<void>;
  /** True when the object is there with this size, class and full-object checksum: what `copy` proves, without copying. */
  isWhole(ref: ObjectRef, expected: WrittenFile & { storageClass: string }): Promise<boolean>;
  /**
   * Asks for an archived object, to be read for `days`. Repeated, it asks no more than once; an object that is not archived
   * is available. Where there is no capacity for an expedited retrieval, it is asked for at the standard speed.
   * @throws ObjectMissing when there is none, RetrievalRefused when its class does not allow the tier
   */
  retrieve(ref: ObjectRef, retrieval: { tier: RetrievalTier; days: number }): Promise<Exclude<Retrieval, 'none'>>;
  /** Deletes objects; one that is not there is no error. */
  remove(refs: readonly ObjectRef[]): Promise<void>;
  /** Gives up a multipart upload and frees its parts; one that is not there is no error. */
  abortMultipart(ref: ObjectRef, uploadId: string): Promise<void>;
  /** The objects whose key begins with `prefix`, in key order. */
  list(bucket: Bucket, prefix: string): AsyncIterable<StoredObject>;
}

/** True for a class whose objects cannot be read before they are retrieved. */
export function isArchiveClass(storageClass: string): storageClass is ArchiveClass {
  return (ARCHIVE_CLASSES as readonly string[]).includes(storageClass);
}

export class ObjectMissing extends Error {
  override name = 'ObjectMissing';
}
export class ObjectReplaced extends Error {
  override name = 'ObjectReplaced';
}
export class ObjectArchived extends Error {
  override name = 'ObjectArchived';
}
export class RetrievalRefused extends Error {
  override name = 'RetrievalRefused';
}
export class CopyDiffers extends Error {
  override name = 'CopyDiffers';
}
