// From an upload to a job: the one path, however the upload was noticed.

import { uploadLimitBytes } from '../../domain/plans.ts';
import { findUser, principalOf, type User, type UserPrincipal } from '../../db/identity.ts';
import { submitJob, type Submission, type SubmittedJob } from '../../db/jobs.ts';
import { findReference } from '../../db/references.ts';
import { findUploadByKey, receiveUpload, type Upload } from '../../db/uploads.ts';
import { VarloomError } from '../../domain/errors.ts';
import { isId, uploadId, userId, type JobId, type UploadId } from '../../domain/ids.ts';
import { system } from '../../domain/principal.ts';
import type { Dependencies } from '../context.ts';

type Parts = Pick<Dependencies, 'settings' | 'database' | 'store' | 'sagas' | 'logger'>;

export function limitsOf(settings: Parts['settings']) {
  return { free: settings.FREE_UPLOAD_LIMIT_BYTES, premium: settings.PREMIUM_UPLOAD_LIMIT_BYTES };
}

export function refuseOversize(deps: Parts, user: User, sizeBytes: number): void {
  const limitBytes = uploadLimitBytes(user.plan, limitsOf(deps.settings));
  if (sizeBytes <= limitBytes) return;
  throw new VarloomError(
    'upgrade_required',
    `The file has ${sizeBytes} bytes; the ${user.plan} plan allows ${limitBytes}.`,
    { size_bytes: sizeBytes, limit_bytes: limitBytes, upgrade_url: `${deps.settings.PUBLIC_URL}/billing` },
  );
}

/** Looks at the store, and records what is there. Undefined when the object has not arrived. */
export async function receive(deps: Parts, upload: Upload): Promise<{ etag: string; sizeBytes: number } | undefined> {
  const object = await deps.store.head({ bucket: 'inputs', key: upload.uploadId });
  if (!object) return undefined;
  // Recorded before, as this very object: whether the upload is still there is seen again when a job is made of it.
  if (upload.receivedAt !== null && upload.etag === object.etag) return object;
  const received = await receiveUpload(deps.database, system('uploads'), uploadId(upload.uploadId), object);
  return received ? object : undefined;
}

/** @throws VarloomError `input_not_found`, `upgrade_required`, `genome_not_found`, `idempotency_key_reused` */
export async function submit(
  deps: Parts,
  user: User,
  upload: Upload,
  request: Pick<Submission, 'consequenceMode' | 'source' | 'idempotency'> & { genome: string | undefined },
): Promise<JobId> {
  const principal = principalOf(user);
  const genome = request.genome ?? upload.genome ?? undefined;
  const [object, reference] = await Promise.all([
    receive(deps, upload),
    findReference(deps.database, principal, genome),
  ]);
  if (!object) throw new VarloomError('input_not_found', 'The file has not arrived in the store.');
  refuseOversize(deps, user, object.sizeBytes);
  if (!reference) {
    throw new VarloomError(
      'genome_not_found',
      genome ? `There is no reference genome ${genome}.` : 'No reference genome is installed.',
      genome ? { genome } : undefined,
    );
  }
  const job = await submitJob(deps.database, principal, {
    uploadId: uploadId(upload.uploadId),
    object,
    genome: reference.name,
    consequenceMode: request.consequenceMode,
    source: request.source,
    ...(request.idempotency ? { idempotency: request.idempotency } : {}),
  });
  await startSaga(deps, user, principal, { ...job, genome: reference.name });
  return job.jobId;
}

/** The job is committed: if Temporal does not answer now, the Schedule starts it later. */
export async function startSaga(
  deps: Parts,
  user: User,
  principal: UserPrincipal,
  { jobId, genome }: Pick<SubmittedJob, 'jobId'> & { genome: string | undefined },
): Promise<void> {
  try {
    await deps.sagas.startAnnotation(principal, { jobId, plan: user.plan, genome });
  } catch (error) {
    deps.logger.warn({ err: error, jobId }, 'saga not started; the schedule will start it');
  }
}

/**
 * The store says, or the browser came back to say, that an upload has arrived. An upload made by the page gets its one
 * job; one made by a program waits for the program. Undefined when there is no job to speak of.
 */
export async function uploadArrived(deps: Parts, key: string): Promise<JobId | undefined> {
  if (!isId(key)) return undefined;
  const id: UploadId = uploadId(key);
  const upload = await findUploadByKey(deps.database, system('uploads'), id);
  if (!upload) return undefined;
  if (upload.source === 'api') {
    await receive(deps, upload);
    return undefined;
  }
  const user = await findUser(deps.database, userId(upload.userId));
  if (!user) return undefined;
  return submit(deps, user, upload, { genome: undefined, consequenceMode: 'auto', source: 'page' });
}
