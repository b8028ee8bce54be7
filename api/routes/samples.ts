// Samples of a laboratory: made from a completed annotation, read with the patient by those who may, and the patient's
// erasure.

import { createRoute, z } from '@hono/zod-openapi';
import { erasePatient, readPatient } from '../../db/patients.ts';
import { createSample, findSample, listSamples, type SampleView } from '../../db/samples.ts';
import { VarloomError } from '../../domain/errors.ts';
import * as http from '../../domain/http.ts';
import { isId, jobId, sampleId } from '../../domain/ids.ts';
import { isAllowed } from '../../domain/permissions.ts';
import type { Authenticate } from '../auth/authenticate.ts';
import { createAuthorize, refuseUnlessAllowed } from '../auth/authorize.ts';
import { createRoutes, type Caller, type Dependencies } from '../context.ts';
import { answers, jsonBody } from '../openapi.ts';

const sampleParam = z.strictObject({ sample_id: z.string() });

export function sampleRoutes(deps: Dependencies, authenticate: Authenticate) {
  const { database, patientKeys } = deps;
  const authorize = createAuthorize(deps);
  const routes = createRoutes();

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/samples',
      middleware: [authenticate('account'), authorize('sample.create')] as const,
      request: { body: jsonBody(http.createSample) },
      responses: answers({ 201: { sample_id: z.uuid() } }, [401, 403, 404, 409, 422]),
      summary: 'Make a sample of a completed annotation of the laboratory, with the patient it is of',
    }),
    async (c) => {
      const { barcode, job_id, patient } = c.req.valid('json');
      const { principal } = c.get('caller');
      if (!isId(job_id)) throw new VarloomError('not_found', `There is no job ${job_id}.`);
      const sample_id = await createSample(database, principal, patientKeys, {
        barcode,
        jobId: jobId(job_id),
        patient,
      });
      return c.json({ code: 201 as const, status: 'success' as const, sample_id }, 201);
    },
  );

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/samples',
      middleware: [authenticate('account'), authorize('sample.read')] as const,
      request: { query: http.listSamples },
      responses: answers({ 200: { samples: z.array(http.sampleListItem), next: z.string().nullable() } }, [401, 422]),
      summary: "The laboratory's samples, newest first, without their patients",
    }),
    async (c) => {
      const { rows, next } = await listSamples(database, c.get('caller').principal, c.req.valid('query'));
      const samples = rows.map(listItemOf);
      return c.json({ code: 200 as const, status: 'success' as const, samples, next }, 200);
    },
  );

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/samples/{sample_id}',
      middleware: [authenticate('account'), authorize('sample.read')] as const,
      request: { params: sampleParam },
      responses: answers({ 200: http.sample.shape }, [401, 404]),
      summary: "A sample; with the patient's data for reviewers and administrators, and each reading is recorded",
    }),
    async (c) => {
      const caller = c.get('caller');
      const sample = await ownSample(caller, c.req.valid('param').sample_id);
      const patient = await patientOf(caller, sample);
      return c.json({ code: 200 as const, status: 'success' as const, ...listItemOf(sample), ...patient }, 200);
    },
  );

  routes.openapi(
    createRoute({
      method: 'delete',
      path: '/samples/{sample_id}/patient',
      middleware: [authenticate('account')] as const,
      request: { params: sampleParam },
      responses: answers({ 200: { sample_id: z.uuid() } }, [401, 403, 404]),
      summary: "Erase the sample's patient for ever: the key of the data is destroyed (director, administrator)",
    }),
    async (c) => {
      const caller = c.get('caller');
      const sample = await ownSample(caller, c.req.valid('param').sample_id);
      await refuseUnlessAllowed(deps, caller, 'patient.erase');
      if (sample.patientId === null) throw new VarloomError('not_found', 'The sample has no patient data.');
      await erasePatient(database, caller.principal, sample.patientId);
      return c.json({ code: 200 as const, status: 'success' as const, sample_id: sample.sampleId }, 200);
    },
  );

  return routes;

  async function ownSample({ principal }: Caller, id: string): Promise<SampleView> {
    const sample = isId(id) ? await findSample(database, principal, sampleId(id)) : undefined;
    if (!sample) throw new VarloomError('not_found', `There is no sample ${id}.`);
    return sample;
  }

  async function patientOf(
    { user, principal }: Caller,
    { patientId }: SampleView,
  ): Promise<Pick<http.Sample, 'patient' | 'patient_erased_at'>> {
    if (patientId === null || !isAllowed(user.role, 'patient.read')) return {};
    const reading = await readPatient(database, principal, patientKeys, patientId, 'sample view');
    if (!reading) return {};
    switch (reading.state) {
      case 'readable':
        return { patient: reading.fields };
      case 'erased':
        return { patient_erased_at: reading.erasedAt.toISOString() };
    }
  }
}

function listItemOf(sample: SampleView) {
  return {
    sample_id: sample.sampleId,
    barcode: sample.barcode,
    job_id: sample.jobId,
    result_checksum: sample.resultSha256,
    ...(sample.state ? { state: sample.state } : {}),
    created_at: sample.createdAt.toISOString(),
  };
}
