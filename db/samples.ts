// Samples: a barcode, the annotation that stands for it, and the patient it is of. A barcode may identify a person: it is
// in this table, in the answers to its laboratory and in the manifests of its partner, and nowhere else: in no link.

import { randomUUID } from 'node:crypto';
import { and, eq, sql } from 'drizzle-orm';
import { VarloomError } from '../domain/errors.ts';
import { sampleId, type JobId, type SampleId } from '../domain/ids.ts';
import { hasEnded } from '../domain/jobs.ts';
import type { PatientFields } from '../domain/patients.ts';
import type { SampleState } from '../domain/review.ts';
import type { KeyService } from '../kms/key-service.ts';
import { recordChange } from './changes.ts';
import type { Database, Transaction } from './client.ts';
import type { UserPrincipal } from './identity.ts';
import { afterCursor, cursorTime, newestFirst, toPage, type Page, type PageRequest } from './keyset.ts';
import { insertPatient, sealPatient } from './patients.ts';
import { deliverySamples, jobs, samples } from './schema/index.ts';

/**
 * @throws VarloomError `not_found` (no such job in the organization), `result_not_ready`, `result_not_live`,
 * `barcode_taken`
 */
export async function createSample(
  database: Database,
  principal: UserPrincipal,
  keys: KeyService,
  request: { barcode: string; jobId: JobId; patient?: PatientFields | undefined },
): Promise<SampleId> {
  const patient = request.patient ? await sealPatient(principal, keys, request.patient) : undefined;
  const { organizationId } = principal;
  return database.write(principal, async (tx) => {
    await refuseUnlessLive(tx, principal, request.jobId);
    if (patient) await insertPatient(tx, principal, patient);
    const id = sampleId(randomUUID());
    const made = await tx
      .insert(samples)
      .values({
        sampleId: id,
        organizationId,
        barcode: request.barcode,
        jobId: request.jobId,
        patientId: patient?.patientId ?? null,
        createdBy: principal.userId,
      })
      .onConflictDoNothing({ target: [samples.organizationId, samples.barcode] })
      .returning({ sampleId: samples.sampleId });
    if (made.length === 0) throw new VarloomError('barcode_taken', 'Another sample has this barcode.');
    await recordChange(tx, principal, {
      organizationId,
      entity: 'sample',
      entityId: id,
      action: 'sample.created',
      details: { job_id: request.jobId, ...(patient ? { patient_id: patient.patientId } : {}) },
    });
    return id;
  });
}

/** Any member's job of the organization will do. Its result cannot move while the transaction runs. */
async function refuseUnlessLive(tx: Transaction, { organizationId }: UserPrincipal, id: JobId): Promise<void> {
  const [job] = await tx
    .select()
    .from(jobs)
    .where(and(eq(jobs.jobId, id), eq(jobs.organizationId, organizationId)))
    .for('share');
  if (!job) throw new VarloomError('not_found', `There is no job ${id}.`);
  if (!hasEnded(job.status)) throw new VarloomError('result_not_ready', `The job is ${job.status}.`);
  if (job.status !== 'COMPLETED')
    throw new VarloomError('result_not_live', `The job has no result: it is ${job.status}.`);
  if (job.resultState !== 'live' || job.eraseRequestedAt) {
    const state = job.eraseRequestedAt ? 'deleted' : job.resultState;
    throw new VarloomError('result_not_live', `The result is ${state}.`, { result_state: state });
  }
}

export interface SampleView {
  sampleId: string;
  barcode: string;
  jobId: string;
  patientId: string | null;
  resultSha256: string | null;
  /** In its open delivery; null when it is in none. */
  state: SampleState | null;
  createdAt: Date;
}

const view = {
  sampleId: samples.sampleId,
  barcode: samples.barcode,
  jobId: samples.jobId,
  patientId: samples.patientId,
  resultSha256: jobs.resultSha256,
  state: deliverySamples.state,
  createdAt: samples.createdAt,
};

const inOpenDelivery = and(eq(deliverySamples.sampleId, samples.sampleId), sql`${deliverySamples.isOpen}`);

/** Another organization's sample is not there. */
export async function findSample(
  database: Database,
  principal: UserPrincipal,
  id: SampleId,
): Promise<SampleView | undefined> {
  return database.write(principal, async (tx) => {
    const [row] = await tx
      .select(view)
      .from(samples)
      .innerJoin(jobs, eq(jobs.jobId, samples.jobId))
      .leftJoin(deliverySamples, inOpenDelivery)
      .where(and(eq(samples.sampleId, id), eq(samples.organizationId, principal.organizationId)));
    return row;
  });
}

/** The organization's samples, newest first. */
export async function listSamples(
  database: Database,
  principal: UserPrincipal,
  page: PageRequest,
): Promise<Page<SampleView & { cursorTime: string; cursorId: string }>> {
  return database.read(principal, async (tx) => {
    const rows = await tx
      .select({ ...view, cursorTime: cursorTime(samples.createdAt), cursorId: samples.sampleId })
      .from(samples)
      .innerJoin(jobs, eq(jobs.jobId, samples.jobId))
      .leftJoin(deliverySamples, inOpenDelivery)
      .where(
        and(
          eq(samples.organizationId, principal.organizationId),
          afterCursor(page.cursor, samples.createdAt, samples.sampleId),
        ),
      )
      .orderBy(...newestFirst(samples.createdAt, samples.sampleId))
      .limit(page.limit + 1);
    return toPage(rows, page.limit);
  });
}
