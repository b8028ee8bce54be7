// Links and forms that a browser or program uses against the store by itself: they expire, and allow one act each.

import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { S3 } from './client.ts';
import type { ObjectRef } from './store.ts';

export interface PostForm {
  url: string;
  fields: Record<string, string>;
}

export interface Presigner {
  /** A form that uploads exactly this key, at most `limitBytes`; with `redirectTo`, S3 sends the browser there afterwards. */
  postForm(ref: ObjectRef, form: { limitBytes: number; expirySeconds: number; redirectTo?: string }): Promise<PostForm>;
  /** A link that downloads the object under `fileName`. */
  getLink(ref: ObjectRef, link: { fileName: string; contentType: string; expirySeconds: number }): Promise<string>;
  startMultipart(ref: ObjectRef): Promise<string>;
  partLink(ref: ObjectRef, part: { uploadId: string; number: number; expirySeconds: number }): Promise<string>;
  completeMultipart(ref: ObjectRef, uploadId: string, parts: { number: number; etag: string }[]): Promise<void>;
}

export function createPresigner({ client, bucketNames }: S3): Presigner {
  const at = (ref: ObjectRef) => ({ Bucket: bucketNames[ref.bucket], Key: ref.key });

  return {
    postForm(ref, { limitBytes, expirySeconds, redirectTo }) {
      const redirect: Record<string, string> = redirectTo ? { success_action_redirect: redirectTo } : {};
      return createPresignedPost(client, {
        ...at(ref),
        Expires: expirySeconds,
        // New buckets refuse any other ACL. createPresignedPost adds each field as an exact condition.
        Fields: { acl: 'bucket-owner-full-control', ...redirect },
        Conditions: [['content-length-range', 0, limitBytes]],
      });
    },

    getLink(ref, { fileName, contentType, expirySeconds }) {
      return getSignedUrl(
        client,
        new GetObjectCommand({
          ...at(ref),
          ResponseContentDisposition: contentDisposition(fileName),
          ResponseContentType: contentType,
        }),
        { expiresIn: expirySeconds },
      );
    },

    async startMultipart(ref) {
      const { UploadId } = await client.send(
        new CreateMultipartUploadCommand({ ...at(ref), ACL: 'bucket-owner-full-control' }),
      );
      if (!UploadId) throw new Error('the store started a multipart upload without an id');
      return UploadId;
    },

    partLink(ref, { uploadId, number, expirySeconds }) {
      return getSignedUrl(client, new UploadPartCommand({ ...at(ref), UploadId: uploadId, PartNumber: number }), {
        expiresIn: expirySeconds,
      });
    },

    async completeMultipart(ref, uploadId, parts) {
      await client.send(
        new CompleteMultipartUploadCommand({
          ...at(ref),
          UploadId: uploadId,
          MultipartUpload: { Parts: parts.map((part) => ({ PartNumber: part.number, ETag: part.etag })) },
        }),
      );
    },
  };
}

/** RFC 6266: an ASCII name for old programs, and the real one in UTF-8, as RFC 8187 encodes it. */
export function contentDisposition(fileName: string): string {
  const base = fileName.replaceAll(/[/\\]/g, '_').slice(-200);
  const ascii = base.replaceAll(/[^\w.() -]/g, '_');
  const encoded = encodeURIComponent(base.toWellFormed()).replaceAll(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
