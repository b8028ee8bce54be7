// Uploads go from the browser or program straight to the store; the gateway only says how, and looks what arrived.

import { randomUUID } from 'node:crypto';
import { createRoute, z } from '@hono/zod-openapi';
import { cors } from 'hono/cors';
import { awaitedUploads, createUpload, findUpload, listReceivedUploads, type Upload } from '../../db/uploads.ts';
import { findReference } from '../../db/references.ts';
import { VarloomError } from '../../domain/errors.ts';
import * as http from '../../domain/http.ts';
import { isId, uploadId } from '../../domain/ids.ts';
import { SINGLE_REQUEST_LIMIT_BYTES, uploadLimitBytes } from '../../domain/plans.ts';
import type { Authenticate } from '../auth/authenticate.ts';
import { createRoutes, type Caller, type Dependencies } from '../context.ts';
import { answers, jsonBody, PUBLIC } from '../openapi.ts';
import type { User } from '../../db/identity.ts';
import type { ObjectRef } from '../../store/store.ts';
import { limitsOf, receive, refuseOversize, submit, uploadArrived } from './submission.ts';

/** Each part's link is signed at once: not too many of them, and none too small for a slow line to repeat. */
const SMALLEST_PART_BYTES = 64 * 1024 ** 2;
const PARTS_AIMED_AT = 100;
/** A person on a slow line needs longer for a very large file than a form lives. */
const MULTIPART_SECONDS = 24 * 3600;
/** How many announced uploads a listing looks for in the store by itself. */
const LOOK_FOR = 10;

export function uploadRoutes(deps: Dependencies, authenticate: Authenticate) {
  const { settings, database, presigner } = deps;
  const routes = createRoutes();

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/uploads',
      middleware: [authenticate('annotations:write')] as const,
      request: { body: jsonBody(http.createUpload) },
      responses: answers({ 201: { upload: http.upload, input_file: z.string() } }, [401, 403, 422]),
      summary: 'Announce an upload, and learn how to send the file to the store',
    }),
    async (c) => {
      const request = c.req.valid('json');
      const caller = c.get('caller');
      if (request.size_bytes !== undefined) refuseOversize(deps, caller.user, request.size_bytes);
      if (request.genome !== undefined && !(await findReference(database, caller.principal, request.genome))) {
        throw new VarloomError('genome_not_found', `There is no reference genome ${request.genome}.`, {
          genome: request.genome,
        });
      }
      const isLarge = (request.size_bytes ?? 0) > SINGLE_REQUEST_LIMIT_BYTES;
      const made = isLarge
        ? await announceMultipart(caller, request, request.size_bytes ?? 0)
        : await announcePost(caller, request);
      return c.json({ code: 201 as const, status: 'success' as const, ...made }, 201);
    },
  );

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/uploads/{input_file}/complete',
      middleware: [authenticate('annotations:write')] as const,
      request: { params: z.strictObject({ input_file: z.string() }), body: jsonBody(http.completeUpload) },
      responses: answers({ 200: { input_file: z.string(), job_id: z.uuid().optional() } }, [401, 403, 404, 422]),
      summary: 'Put the parts of a multipart upload together',
    }),
    async (c) => {
      const caller = c.get('caller');
      const { input_file } = c.req.valid('param');
      const upload = isId(input_file) ? await findUpload(database, caller.principal, uploadId(input_file)) : undefined;
      if (!upload?.multipartUploadId) throw new VarloomError('input_not_found', `There is no upload ${input_file}.`);
      const ref = { bucket: 'inputs', key: upload.uploadId } as const;
      // Repeated after a lost answer: the parts are together already.
      if (!(await deps.store.head(ref))) {
        const parts = c.req.valid('json').parts.toSorted((a, b) => a.number - b.number);
        await putTogether(ref, upload.multipartUploadId, parts);
      }
      await refuseLarger(ref, upload.sizeLimitBytes, caller.user);
      const jobId =
        upload.source === 'page'
          ? await submit(deps, caller.user, upload, { genome: undefined, consequenceMode: 'auto', source: 'page' })
          : undefined;
      if (!jobId) await receive(deps, upload);
      return c.json(
        { code: 200 as const, status: 'success' as const, input_file, ...(jobId ? { job_id: jobId } : {}) },
        200,
      );
    },
  );

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/annotate/files',
      middleware: [authenticate('annotations:read')] as const,
      request: { query: z.strictObject(http.page) },
      responses: answers({ 200: { files: z.array(http.inputFile), next: z.string().nullable() } }, [401, 422]),
      summary: 'The files that the caller has uploaded, newest first',
    }),
    async (c) => {
      const { principal } = c.get('caller');
      // What was sent a moment ago is shown, even where the store's notice is late or lost.
      // A store that does not answer now hides nothing that is known.
      const awaited = await awaitedUploads(database, principal, LOOK_FOR);
      await Promise.allSettled(awaited.map((upload) => receive(deps, upload)));
      const { rows, next } = await listReceivedUploads(database, principal, c.req.valid('query'));
      const files = rows.map((row) => ({
        input_file: row.uploadId,
        file_name: row.fileName,
        size: row.sizeBytes,
        uploaded_at: row.receivedAt.toISOString(),
      }));
      return c.json({ code: 200 as const, status: 'success' as const, files, next }, 200);
    },
  );

  // S3 sends the browser here after a form's upload. Whoever names the unguessable key may start its job: the store's
  // own notice would start the same one.
  // A browser asks first (OPTIONS), because the redirect came from another origin.
  routes.use('/annotate/uploaded', cors({ origin: '*' }));
  const arrival = createRoute({
    method: 'get',
    path: '/annotate/uploaded',
    security: PUBLIC,
    // The store adds what it knows of the object.
    request: { query: z.looseObject({ key: z.string().optional() }) },
    responses: {
      ...answers({ 200: { job_id: z.uuid() } }, [403, 404, 422]),
      303: { description: 'To the page of the job, for a browser that navigates' },
    },
    summary: 'Where the store sends a browser after the upload of a page: the job of that upload',
  });
  routes.openapi(arrival, async (c) => {
    const key = c.req.valid('query').key ?? '';
    const jobId = await uploadArrived(deps, key);
    const isNavigation = c.req.header('Sec-Fetch-Mode') === 'navigate';
    if (isNavigation) return c.redirect(jobId ? `/jobs/${jobId}` : '/jobs', 303);
    if (!jobId) throw new VarloomError('input_not_found', 'No upload of a page is waiting under this key.');
    return c.json({ code: 200 as const, status: 'success' as const, job_id: jobId }, 200);
  });

  return routes;

  /** @throws VarloomError `invalid_request` when the parts named are not those that the store has */
  async function putTogether(ref: ObjectRef, multipartUploadId: string, parts: { number: number; etag: string }[]) {
    try {
      await presigner.completeMultipart(ref, multipartUploadId, parts);
    } catch (error) {
      const name = error instanceof Error ? error.name : '';
      if (name === 'NoSuchUpload') throw new VarloomError('input_not_found', 'The upload is over, or was given up.');
      if (/^(InvalidPart|InvalidPartOrder|EntityTooSmall|MalformedXML)$/.test(name)) {
        throw new VarloomError('invalid_request', `The store does not have these parts: ${name}.`, { parts: name });
      }
      throw error;
    }
  }

  /** Links to parts bind no sizes: what came together is measured, and removed when it is more than the plan allows. */
  async function refuseLarger(ref: ObjectRef, sizeLimitBytes: number, user: User): Promise<void> {
    const object = await deps.store.head(ref);
    if (!object || object.sizeBytes <= sizeLimitBytes) return;
    await deps.store.remove([ref]);
    refuseOversize(deps, user, object.sizeBytes);
  }

  async function announcePost(caller: Caller, request: z.infer<typeof http.createUpload>) {
    const id = randomUUID();
    const source = caller.via === 'session' ? 'page' : 'api';
    const limitBytes = Math.min(uploadLimitBytes(caller.user.plan, limitsOf(settings)), SINGLE_REQUEST_LIMIT_BYTES);
    const expiresAt = new Date(Date.now() + settings.UPLOAD_EXPIRY_SECONDS * 1000);
    const form = await presigner.postForm(
      { bucket: 'inputs', key: id },
      {
        limitBytes,
        expirySeconds: settings.UPLOAD_EXPIRY_SECONDS,
        ...(source === 'page' ? { redirectTo: `${settings.PUBLIC_URL}/annotate/uploaded` } : {}),
      },
    );
    await record(caller, request, {
      uploadId: id,
      source,
      sizeLimitBytes: limitBytes,
      multipartUploadId: null,
      expiresAt,
    });
    return { upload: { ...form, expires_at: expiresAt.toISOString() }, input_file: id };
  }

  async function announceMultipart(caller: Caller, request: z.infer<typeof http.createUpload>, sizeBytes: number) {
    const id = randomUUID();
    const ref = { bucket: 'inputs', key: id } as const;
    const multipartUploadId = await presigner.startMultipart(ref);
    const expiresAt = new Date(Date.now() + MULTIPART_SECONDS * 1000);
    await record(caller, request, {
      uploadId: id,
      source: caller.via === 'session' ? 'page' : 'api',
      sizeLimitBytes: uploadLimitBytes(caller.user.plan, limitsOf(settings)),
      multipartUploadId,
      expiresAt,
    });
    const partBytes = Math.max(SMALLEST_PART_BYTES, Math.ceil(sizeBytes / PARTS_AIMED_AT));
    const numbers = Array.from({ length: Math.ceil(sizeBytes / partBytes) }, (_, i) => i + 1);
    const parts = await Promise.all(
      numbers.map(async (number) => ({
        number,
        url: await presigner.partLink(ref, { uploadId: multipartUploadId, number, expirySeconds: MULTIPART_SECONDS }),
      })),
    );
    return {
      upload: {
        upload_id: multipartUploadId,
        part_size: partBytes,
        parts,
        complete_url: `${settings.PUBLIC_URL}/uploads/${id}/complete`,
        expires_at: expiresAt.toISOString(),
      },
      input_file: id,
    };
  }

  function record(
    caller: Caller,
    request: z.infer<typeof http.createUpload>,
    upload: Pick<Upload, 'uploadId' | 'source' | 'sizeLimitBytes' | 'multipartUploadId' | 'expiresAt'>,
  ): Promise<void> {
    return createUpload(database, caller.principal, {
      ...upload,
      fileName: request.file_name,
      genome: request.genome ?? null,
    });
  }
}
