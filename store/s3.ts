// The S3 adapter of the object store.

import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { Readable, Transform } from 'node:stream';
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
import { copyInStore } from './copy.ts';
import { ObjectArchived, ObjectMissing, ObjectReplaced, type ObjectRef, type ObjectStore } from './store.ts';

/** User metadata under which the SHA-256 of what we wrote is kept with the object. */
const SHA256_METADATA = 'sha256';

export function createObjectStore(s3: S3): ObjectStore {
  const { client, bucketNames } = s3;
  const at = (ref: ObjectRef) => ({ Bucket: bucketNames[ref.bucket], Key: ref.key });

  return {
    async head(ref) {
      try {
        const head = await client.send(new HeadObjectCommand(at(ref)));
        return {
          sizeBytes: head.ContentLength ?? 0,
          etag: head.ETag ?? '',
          storageClass: head.StorageClass ?? 'STANDARD',
          sha256: head.Metadata?.[SHA256_METADATA],
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
        if (object.ContentLength !== undefined && object.ContentLength !== sizeBytes) {
          throw new Error(`the store announced ${object.ContentLength} bytes and sent ${sizeBytes}`);
        }
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
        await client.send(
          new PutObjectCommand({
            ...target,
            Body: createReadStream(path),
            ContentLength: file.sizeBytes,
            // The store refuses the object when its bytes have another checksum.
            ChecksumSHA256: Buffer.from(file.sha256, 'hex').toString('base64'),
          }),
          signal ? { abortSignal: signal } : {},
        );
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
      const abort = () => void upload.abort();
      signal?.addEventListener('abort', abort, { once: true });
      try {
        await upload.done();
      } finally {
        signal?.removeEventListener('abort', abort);
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

function isMissing(error: unknown): boolean {
  // HEAD answers carry no body, hence no code, only the status.
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404;
}
