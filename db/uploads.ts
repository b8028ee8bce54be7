// Uploads: announced by the API, received by the store, and removed when nobody submits them.

import { and, asc, eq, gt, isNotNull, isNull, lt, or, sql } from 'drizzle-orm';
import type { UploadId } from '../domain/ids.ts';
import type { Principal } from '../domain/principal.ts';
import { recordChange } from './changes.ts';
import type { Database } from './client.ts';
import type { UserPrincipal } from './identity.ts';
import { afterCursor, cursorTime, newestFirst, toPage, type Page, type PageRequest } from './keyset.ts';
import { jobs, uploads } from './schema/index.ts';

export type Upload = typeof uploads.$inferSelect;

export async function createUpload(
  database: Database,
  principal: UserPrincipal,
  upload: Pick<
    Upload,
    'uploadId' | 'fileName' | 'genome' | 'source' | 'sizeLimitBytes' | 'multipartUploadId' | 'expiresAt'
  >,
): Promise<void> {
  await database.write(principal, async (tx) => {
    await tx.insert(uploads).values({ ...upload, userId: principal.userId, organizationId: principal.organizationId });
    await recordChange(tx, principal, {
      organizationId: principal.organizationId,
      entity: 'upload',
      entityId: upload.uploadId,
      action: 'upload.announced',
      details: { source: upload.source, size_limit_bytes: upload.sizeLimitBytes },
    });
  });
}

/** As the caller sees it: another user's upload is not there. */
export async function findUpload(
  database: Database,
  principal: UserPrincipal,
  id: UploadId,
): Promise<Upload | undefined> {
  return database.write(principal, async (tx) => {
    const [upload] = await tx
      .select()
      .from(uploads)
      .where(and(eq(uploads.uploadId, id), eq(uploads.userId, principal.userId), isNull(uploads.removedAt)));
    return upload;
  });
}

/** For notices from the store, which know only the key. */
export async function findUploadByKey(
  database: Database,
  principal: Principal,
  id: UploadId,
): Promise<Upload | undefined> {
  return database.write(principal, async (tx) => {
    const [upload] = await tx
      .select()
      .from(uploads)
      .where(and(eq(uploads.uploadId, id), isNull(uploads.removedAt)));
    return upload;
  });
}

/** Records what the store holds under the upload's key; the last look wins, because a key can be written again. */
export async function receiveUpload(
  database: Database,
  principal: Principal,
  id: UploadId,
  object: { sizeBytes: number; etag: string; lastModified: Date },
): Promise<Upload | undefined> {
  return database.write(principal, async (tx) => {
    const [before] = await tx
      .select()
      .from(uploads)
      .where(and(eq(uploads.uploadId, id), isNull(uploads.removedAt)))
      .for('update');
    if (!before) return undefined;
    if (before.etag === object.etag && before.receivedAt) return before;
    const [upload] = await tx
      .update(uploads)
      .set({ receivedAt: object.lastModified, sizeBytes: object.sizeBytes, etag: object.etag })
      .where(eq(uploads.uploadId, id))
      .returning();
    await recordChange(tx, principal, {
      organizationId: before.organizationId,
      entity: 'upload',
      entityId: id,
      action: 'upload.received',
      details: { size_bytes: object.sizeBytes },
      event: 'upload.received',
    });
    return upload;
  });
}

/** The caller's uploads that are not known to have arrived yet and may still: newest first, a few. */
export async function awaitedUploads(database: Database, principal: UserPrincipal, limit: number): Promise<Upload[]> {
  return database.write(principal, (tx) =>
    tx
      .select()
      .from(uploads)
      .where(
        and(
          eq(uploads.userId, principal.userId),
          isNull(uploads.receivedAt),
          isNull(uploads.removedAt),
          gt(uploads.expiresAt, sql`now() - interval '1 hour'`),
        ),
      )
      .orderBy(...newestFirst(uploads.createdAt, uploads.uploadId))
      .limit(limit),
  );
}

export type ReceivedUpload = Pick<Upload, 'uploadId' | 'fileName'> & {
  sizeBytes: number;
  receivedAt: Date;
  cursorTime: string;
  cursorId: string;
};

export async function listReceivedUploads(
  database: Database,
  principal: UserPrincipal,
  request: PageRequest,
): Promise<Page<ReceivedUpload>> {
  return database.read(principal, async (tx) => {
    const rows = await tx
      .select({
        uploadId: uploads.uploadId,
        fileName: uploads.fileName,
        sizeBytes: sql<number>`coalesce(${uploads.sizeBytes}, 0)::float8`,
        // Not null by the condition below.
        receivedAt: sql<Date>`${uploads.receivedAt}`.mapWith(uploads.receivedAt),
        cursorTime: cursorTime(uploads.createdAt),
        cursorId: uploads.uploadId,
      })
      .from(uploads)
      .where(
        and(
          eq(uploads.userId, principal.userId),
          isNotNull(uploads.receivedAt),
          isNull(uploads.removedAt),
          afterCursor(request.cursor, uploads.createdAt, uploads.uploadId),
        ),
      )
      .orderBy(...newestFirst(uploads.createdAt, uploads.uploadId))
      .limit(request.limit + 1);
    return toPage(rows, request.limit);
  });
}

/**
 * Uploads that expired before `before` and that no job uses. Those removed or erased in the last days too: a removal may have
 * been cut short, and a form that was still good may have been posted again.
 */
export async function unsubmittedUploads(
  database: Database,
  principal: Principal,
  before: Date,
  limit: number,
): Promise<Pick<Upload, 'uploadId' | 'multipartUploadId'>[]> {
  return database.write(principal, (tx) =>
    tx
      .select({ uploadId: uploads.uploadId, multipartUploadId: uploads.multipartUploadId })
      .from(uploads)
      .leftJoin(jobs, eq(jobs.uploadId, uploads.uploadId))
      .where(
        and(
          lt(uploads.expiresAt, before),
          or(and(isNull(uploads.removedAt), isNull(jobs.jobId)), gt(uploads.removedAt, sql`now() - interval '4 days'`)),
        ),
      )
      // Those that nobody has claimed yet come first: repeating old removals must not keep them waiting.
      .orderBy(sql`${uploads.removedAt} asc nulls first`, asc(uploads.expiresAt))
      .limit(limit),
  );
}

/** Claims an unsubmitted upload for removal. False when a job uses it, which may have been made a moment ago. */
export async function claimRemoval(database: Database, principal: Principal, id: UploadId): Promise<boolean> {
  return database.write(principal, async (tx) => {
    // A job is made under a lock on the upload's row (see db/jobs.ts): taking the same lock decides the race.
    const [upload] = await tx.select().from(uploads).where(eq(uploads.uploadId, id)).for('update');
    if (!upload) return false;
    if (upload.removedAt) return true;
    const [used] = await tx.select({ id: jobs.jobId }).from(jobs).where(eq(jobs.uploadId, id)).limit(1);
    if (used) return false;
    await tx
      .update(uploads)
      .set({ removedAt: sql`now()` })
      .where(eq(uploads.uploadId, id));
    await recordChange(tx, principal, {
      organizationId: upload.organizationId,
      entity: 'upload',
      entityId: id,
      action: 'upload.removed',
      details: { reason: 'never submitted' },
    });
    return true;
  });
}
