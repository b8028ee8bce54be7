// The S3 adapter of the object store.

import { createHash } from 'node:crypto';
import { addAbortListener } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { Readable, Transform } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import {
  AbortMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  NoSuchUpload,
  S3ServiceException,
  paginateListObjectsV2,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { SINGLE_REQUEST_LIMIT_BYTES } from '../domain/plans.ts';
import type { S3 } from './client.ts';
import { copyInStore, isWholeInStore, SHA256_METADATA, storedSha256Of } from './copy.ts';
import { retrievalOf, retrieveFromArchive } from './retrieve.ts';
import { ObjectArchived, ObjectMissing, ObjectReplaced, type ObjectRef, type ObjectStore } from './store.ts';

/** What is no larger goes through memory: streams cost more than such an object does. */
const SMALL_BYTES = 1024 ** 2;

export function createObjectStore(s3: S3): ObjectStore {
  const { client, bucketNames } = s3;
  const at = (ref: ObjectRef) => ({ Bucket: bucketNames[ref.bucket], Key: ref.key });

  return {
    async head(ref) {
      try {
        const head = await client.send(new HeadObjectCommand({ ...at(ref), ChecksumMode: 'ENABLED' }));
        return {
          sizeBytes: head.ContentLength ?? 0,
          etag: head.ETag ?? '',
          storageClass: head.StorageClass ?? 'STANDARD',
          sha256: head.Metadata?.[SHA256_METADATA],
          storedSha256: storedSha256Of(head),
          retrieval: retrievalOf(head.Restore),
          lastModified: head.LastModified ?? new Date(0),
        };
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },

    async download(ref, path, { signal, onBytes, etag } = {}) {
      const abort = signal ? { abortSignal: signal } : {};
      try {
        const object = await client.send(
          new GetObjectCommand({ ...at(ref), ...(etag ? { IfMatch: etag } : {}) }),
          abort,
        );
        if (!(object.Body instanceof Readable)) throw new TypeError('the store answered without a body');
        if (object.ContentLength !== undefined && object.ContentLength <= SMALL_BYTES) {
          const bytes = await buffer(object.Body);
          refuseOtherLength(object.ContentLength, bytes.length);
          await writeFile(path, bytes, { flag: 'wx', ...(signal ? { signal } : {}) });
          onBytes?.(bytes.length);
          return { sizeBytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
        }
        const hash = createHash('sha256');
        let sizeBytes = 0;
        const observe = new Transform({
          transform(chunk: Buffer, _encoding, done) {
            hash.update(chunk);
            sizeBytes += chunk.length;
            onBytes?.(chunk.length);
            done(null, chunk);
          },
        });
        await pipeline(object.Body, observe, createWriteStream(path, { flags: 'wx' }), signal ? { signal } : {});
        refuseOtherLength(object.ContentLength, sizeBytes);
        return { sizeBytes, sha256: hash.digest('hex') };
      } catch (error) {
        if (isMissing(error)) throw new ObjectMissing(`${ref.bucket}/${ref.key}`, { cause: error });
        if (error instanceof S3ServiceException) {
          if (error.$metadata.httpStatusCode === 412) {
            throw new ObjectReplaced(`${ref.bucket}/${ref.key}`, { cause: error });
          }
          if (error.name === 'InvalidObjectState') {
            throw new ObjectArchived(`${ref.bucket}/${ref.key}`, { cause: error });
          }
        }
        throw error;
      }
    },

    async upload(ref, path, file, { signal, onBytes } = {}) {
      const target = {
        ...at(ref),
        ContentType: file.contentType,
        Metadata: { [SHA256_METADATA]: file.sha256 },
      };
      if (file.sizeBytes <= SINGLE_REQUEST_LIMIT_BYTES) {
        const put = new PutObjectCommand({
          ...target,
          Body: file.sizeBytes <= SMALL_BYTES ? await readFile(path) : createReadStream(path),
          ContentLength: file.sizeBytes,
          // The store refuses the object when its bytes have another checksum.
          ChecksumSHA256: Buffer.from(file.sha256, 'hex').toString('base64'),
        });
        signContentAs(put, file.sha256);
        await client.send(put, signal ? { abortSignal: signal } : {});
        onBytes?.(file.sizeBytes);
        return;
      }
      const upload = new Upload({
        client,
        params: { ...target, Body: createReadStream(path), ChecksumAlgorithm: 'CRC64NVME' },
        partSize: 128 * 1024 ** 2,
        queueSize: 2,
      });
      let reported = 0;
      upload.on('httpUploadProgress', ({ loaded = 0 }) => {
        onBytes?.(loaded - reported);
        reported = loaded;
      });
      const listening = signal && addAbortListener(signal, () => void upload.abort());
      try {
        await upload.done();
      } finally {
        listening?.[Symbol.dispose]();
      }
    },

    async readText(ref, limitBytes) {
      try {
        const object = await client.send(
          new GetObjectCommand({ ...at(ref), Range: `bytes=0-${Math.max(0, limitBytes - 1)}` }),
        );
        return (await object.Body?.transformToString('utf8')) ?? '';
      } catch (error) {
        if (isMissing(error)) return undefined;
        // An empty object has no first byte to ask for.
        if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 416) return '';
        throw error;
      }
    },

    copy: (from, to, copy, options) => copyInStore(s3, from, to, copy, options),

    isWhole: (ref, expected) => isWholeInStore(s3, ref, expected),

    retrieve: (ref, retrieval) => retrieveFromArchive(s3, ref, retrieval),

    async remove(refs) {
      for (const bucket of ['inputs', 'results'] as const) {
        const keys = refs.filter((ref) => ref.bucket === bucket).map((ref) => ({ Key: ref.key }));
        for (let start = 0; start < keys.length; start += 1000) {
          const answer = await client.send(
            new DeleteObjectsCommand({
              Bucket: bucketNames[bucket],
              Delete: { Objects: keys.slice(start, start + 1000), Quiet: true },
            }),
          );
          const failed = answer.Errors?.[0];
          if (failed) throw new Error(`the store did not delete an object: ${failed.Code ?? 'no reason given'}`);
        }
      }
    },

    async abortMultipart(ref, uploadId) {
      try {
        await client.send(new AbortMultipartUploadCommand({ ...at(ref), UploadId: uploadId }));
      } catch (error) {
        if (!(error instanceof NoSuchUpload) && !isMissing(error)) throw error;
      }
    },

    async *list(bucket, prefix) {
      const pages = paginateListObjectsV2({ client }, { Bucket: bucketNames[bucket], Prefix: prefix });
      for await (const page of pages) {
        for (const object of page.Contents ?? []) {
          if (object.Key === undefined) continue;
          yield {
            key: object.Key,
            sizeBytes: object.Size ?? 0,
            lastModified: object.LastModified ?? new Date(0),
          };
        }
      }
    },
  };
}

/** The signature covers the content by its SHA-256, which is known: the client need not read the file to make it again. */
function signContentAs(put: PutObjectCommand, sha256: string): void {
  put.middlewareStack.add(
    (next) => (args) => {
      const { request } = args;
      if (request instanceof Object && 'headers' in request && request.headers instanceof Object) {
        Object.assign(request.headers, { 'x-amz-content-sha256': sha256 });
      }
      return next(args);
    },
    { step: 'build', name: 'signContentAs' },
  );
}

function refuseOtherLength(announced: number | undefined, sizeBytes: number): void {
  if (announced === undefined || announced === sizeBytes) return;
  throw new Error(`the store announced ${announced} bytes and sent ${sizeBytes}`);
}

function isMissing(error: unknown): boolean {
  // HEAD answers carry no body, hence no code, only the status.
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404;
}
