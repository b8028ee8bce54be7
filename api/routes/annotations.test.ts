// Submitting, listing, looking at, cancelling and erasing jobs over the API. Nobody serves the sagas here: what is
// asserted is the record, and that the saga was started or cancelled.

import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endJob, saveProgress, startJob } from '../../db/saga.ts';
import { jobs, users } from '../../db/schema/index.ts';
import * as http from '../../domain/http.ts';
import { workflowIds, type JobId } from '../../domain/ids.ts';
import type { Plan } from '../../domain/plans.ts';
import { system } from '../../domain/principal.ts';
import { FREE_LIMIT_BYTES, startTestGateway, type TestGateway, type TestUser } from '../../tests/support/gateway.ts';
import { addReference, announce, completed, finish, post } from '../../tests/support/gateway-steps.ts';
import { submitted, SUMMARY, uploaded } from '../../tests/support/gateway-steps.ts';

let gateway: TestGateway;
let user: TestUser;
const asSystem = system('test');
beforeAll(async () => {
  gateway = await startTestGateway();
  await addReference(gateway, 'demo');
  await addReference(gateway, 'sars-cov-2');
  user = await gateway.user();
});
afterAll(() => gateway.close());

const countJobs = async (who: TestUser) =>
  (await gateway.database.write(asSystem, (tx) => tx.select().from(jobs).where(eq(jobs.userId, who.user.userId))))
    .length;
const setPlan = (who: TestUser, plan: Plan) =>
  gateway.database.write(asSystem, (tx) => tx.update(users).set({ plan }).where(eq(users.userId, who.user.userId)));
const saga = (id: JobId) => gateway.temporal.workflow.getHandle(workflowIds.annotation(id)).describe();
const isCancelRequested = async (id: JobId) => {
  const { events = [] } = await gateway.temporal.workflow.getHandle(workflowIds.annotation(id)).fetchHistory();
  return (events ?? []).some((event) => event.workflowExecutionCancelRequestedEventAttributes != null);
};

describe('POST /annotations', () => {
  it('makes a new job at each call, and starts its saga with the owner’s priority', async () => {
    const who = await gateway.user();
    const input_file = await uploaded(who.token);
    const ids = [];
    for (let i = 0; i < 3; i++) {
      const answer = await who.token('POST', '/annotations', { body: { input_file } });
      expect(answer).toMatchObject({ status: 201, body: { code: 201, status: 'success', input_file } });
      ids.push(answer.body['job_id'] as JobId);
    }
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) {
      const { status, priority } = await saga(id);
      expect(status.name).toBe('RUNNING');
      expect(priority).toMatchObject({ priorityKey: 4, fairnessKey: who.user.userId });
    }
  });

  it('takes the genome of the request, else of the upload, else the default', async () => {
    const input_file = await uploaded(user.token, { genome: 'sars-cov-2' });
    const plain = await uploaded(user.token);
    const genomeOf = async (body: Record<string, unknown>) => {
      const { body: made } = await user.token('POST', '/annotations', { body });
      return (await user.token('GET', `/annotations/${String(made['job_id'])}`)).body['genome'];
    };
    expect(await genomeOf({ input_file, genome: 'demo' })).toBe('demo');
    expect(await genomeOf({ input_file })).toBe('sars-cov-2');
    expect(await genomeOf({ input_file: plain })).toBe('demo');
  });

  it('gives the same job for the same Idempotency-Key, for this user only', async () => {
    const [who, other] = await Promise.all([gateway.user(), gateway.user()]);
    const headers = { 'Idempotency-Key': 'once' };
    const body = { input_file: await uploaded(who.token), genome: 'demo' };
    const first = await who.token('POST', '/annotations', { body, headers });
    expect(await who.token('POST', '/annotations', { body, headers })).toMatchObject({ status: 201, body: first.body });
    const reordered = { genome: body.genome, input_file: body.input_file };
    expect((await who.token('POST', '/annotations', { body: reordered, headers })).body).toEqual(first.body);
    const others = { input_file: await uploaded(other.token), genome: 'demo' };
    const theirs = await other.token('POST', '/annotations', { body: others, headers });
    expect(theirs.body['job_id']).not.toBe(first.body['job_id']);
    expect(await countJobs(who)).toBe(1);
  });

  it('gives the first answer again even when the input has gone since', async () => {
    const who = await gateway.user();
    const headers = { 'Idempotency-Key': 'late' };
    const body = { input_file: await uploaded(who.token) };
    const first = await who.token('POST', '/annotations', { body, headers });
    await gateway.dependencies.store.remove([{ bucket: 'inputs', key: body.input_file }]);
    expect((await who.token('POST', '/annotations', { body, headers })).body).toEqual(first.body);
  });

  it('makes one job of twenty requests at once with one key', async () => {
    const who = await gateway.user();
    const request = { body: { input_file: await uploaded(who.token) }, headers: { 'Idempotency-Key': 'at once' } };
    const answers = await Promise.all(Array.from({ length: 20 }, () => who.token('POST', '/annotations', request)));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(201));
    expect(new Set(answers.map(({ body }) => body['job_id'])).size).toBe(1);
    expect(await countJobs(who)).toBe(1);
  });

  it('refuses a key that comes with another body, also at once and for another upload', async () => {
    const who = await gateway.user();
    const [one, two] = [await uploaded(who.token), await uploaded(who.token)];
    const headers = { 'Idempotency-Key': 'twice' };
    const bodies = [{ input_file: one }, { input_file: two }, { input_file: one, consequence_mode: 'local' }];
    const answers = await Promise.all(bodies.map((body) => who.token('POST', '/annotations', { body, headers })));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409]);
    const refused = answers.filter(({ status }) => status === 409).map(({ error }) => error?.type);
    expect(refused).toEqual(['idempotency_key_reused', 'idempotency_key_reused']);
    expect(await countJobs(who)).toBe(1);
  });

  it.for([
    ['a file that was never announced', { input_file: crypto.randomUUID() }, 404, 'input_not_found'],
    ['a name that is no key', { input_file: '../etc/passwd' }, 404, 'input_not_found'],
    ['no file', {}, 422, 'invalid_request'],
    ['an unknown field', { input_file: 'x', mode: 'auto' }, 422, 'invalid_request'],
    ['an unknown mode', { input_file: 'x', consequence_mode: 'both' }, 422, 'invalid_request'],
  ] as const)('refuses %s', async ([, body, status, type]) => {
    expect(await user.token('POST', '/annotations', { body })).toMatchObject({ status, error: { type } });
  });

  it('refuses a file that has not arrived, and a genome that is not installed', async () => {
    const { input_file } = await announce(user.token);
    const missing = await user.token('POST', '/annotations', { body: { input_file } });
    expect(missing).toMatchObject({ status: 404, error: { type: 'input_not_found' } });
    const body = { input_file: await uploaded(user.token), genome: 'hg19' };
    const unknown = await user.token('POST', '/annotations', { body });
    expect(unknown).toMatchObject({ status: 422, error: { type: 'genome_not_found', details: { genome: 'hg19' } } });
  });

  it('refuses an input that the plan no longer allows, with the limit and where to upgrade', async () => {
    const who = await gateway.user({ plan: 'premium' });
    const form = await announce(who.token);
    const content = 'x'.repeat(FREE_LIMIT_BYTES + 1);
    expect((await post(form, content)).status).toBeLessThan(300);
    await setPlan(who, 'free');
    const body = { input_file: form.input_file };
    expect(await who.token('POST', '/annotations', { body })).toMatchObject({
      status: 403,
      error: {
        type: 'upgrade_required',
        details: {
          limit_bytes: FREE_LIMIT_BYTES,
          size_bytes: content.length,
          upgrade_url: expect.any(String) as string,
        },
      },
    });
    expect(await countJobs(who)).toBe(0);
    await setPlan(who, 'premium');
    expect((await who.token('POST', '/annotations', { body })).status).toBe(201);
  });
});

describe('GET /annotations/{job_id}', () => {
  const look = async (who: TestUser, id: JobId) => {
    const { code, status, ...job } = (await who.token('GET', `/annotations/${id}`)).body;
    expect([code, status]).toEqual([200, 'success']);
    return http.job.parse(job);
  };

  it('shows a job that waits, runs and is complete, with its log and summary', async () => {
    const id = await submitted(user.token);
    expect(await look(user, id)).toMatchObject({
      job_status: 'PENDING',
      progress: { phase: 'queued', records: 0, percent: 0 },
      started_at: null,
      log: null,
      summary: null,
    });
    await startJob(gateway.database, asSystem, id);
    await saveProgress(gateway.database, asSystem, id, { phase: 'annotating', records: 7, percent: 100 });
    expect(await look(user, id)).toMatchObject({
      job_status: 'RUNNING',
      // Only what is complete is a hundred percent.
      progress: { phase: 'annotating', records: 7, percent: 99.9 },
      started_at: expect.any(String) as string,
    });
    await finish(gateway, id, 300);
    const job = await look(user, id);
    expect(job).toMatchObject({
      job_status: 'COMPLETED',
      progress: { records: 3, percent: 100 },
      result_state: 'live',
      log: '3 records in, 3 records out\n',
      summary: SUMMARY,
    });
    const leftSeconds = (Date.parse(job.result_expires_at ?? '') - Date.now()) / 1000;
    expect(leftSeconds).toBeGreaterThan(280);
    expect(leftSeconds).toBeLessThanOrEqual(300);
  });

  it('does not tell a Premium owner of an end of the result', async () => {
    const premium = await gateway.user({ plan: 'premium' });
    expect(await look(premium, await completed(gateway, premium.token))).not.toHaveProperty('result_expires_at');
  });

  it('says why a job failed and what to do', async () => {
    const id = await submitted(user.token);
    await startJob(gateway.database, asSystem, id);
    const error = { type: 'input_unsorted' as const, message: 'Line 7 is before line 6.', details: { line: 7 } };
    await endJob(gateway.database, asSystem, id, { status: 'FAILED', error });
    expect(await look(user, id)).toMatchObject({
      job_status: 'FAILED',
      error: { ...error, remedy: expect.stringContaining('bcftools sort') as string },
    });
  });

  it.for(['nonsense', 'a'.repeat(3000), '00000000-0000-4000-8000-00000000000G'])('knows no job %s', async (id) => {
    expect(await user.token('GET', `/annotations/${id}`)).toMatchObject({ status: 404, error: { type: 'not_found' } });
  });
});

describe('DELETE /annotations/{job_id}', () => {
  it('asks the saga to stop, any number of times, and is refused once the job has ended', async () => {
    const id = await submitted(user.token);
    const answer = await user.token('DELETE', `/annotations/${id}`);
    expect(answer).toMatchObject({ status: 202, body: { code: 202, status: 'success', job_id: id } });
    expect((await user.token('DELETE', `/annotations/${id}`)).status).toBe(202);
    expect(await isCancelRequested(id)).toBe(true);
    // The saga's end of it.
    expect(await startJob(gateway.database, asSystem, id)).toEqual({ decision: 'cancel' });
    await endJob(gateway.database, asSystem, id, { status: 'CANCELLED' });
    const late = await user.token('DELETE', `/annotations/${id}`);
    expect(late).toMatchObject({ status: 409, error: { type: 'job_finished' } });
  });

  it('refuses for a job that is complete', async () => {
    const id = await completed(gateway, user.token);
    expect((await user.token('DELETE', `/annotations/${id}`)).error?.type).toBe('job_finished');
  });
});

describe('DELETE /annotations/{job_id}/data', () => {
  const erasure = (id: JobId) => gateway.temporal.workflow.getHandle(workflowIds.erasure(id)).describe();

  it('starts the erasure of a job that has ended, any number of times', async () => {
    const id = await completed(gateway, user.token);
    for (let i = 0; i < 2; i++) {
      const answer = await user.token('DELETE', `/annotations/${id}/data`);
      expect(answer).toMatchObject({ status: 202, body: { job_id: id } });
    }
    expect((await erasure(id)).status.name).toBe('RUNNING');
  });

  it('cancels a job that runs', async () => {
    const id = await submitted(user.token);
    expect((await user.token('DELETE', `/annotations/${id}/data`)).status).toBe(202);
    expect(await isCancelRequested(id)).toBe(true);
    expect((await erasure(id)).status.name).toBe('RUNNING');
  });
});

it('answers nothing at an address that is none, in the same envelope', async () => {
  const answer = await user.token('GET', '/annotation');
  expect(answer).toMatchObject({ status: 404, body: { code: 404, status: 'error' }, error: { type: 'not_found' } });
  expect(http.errorBody.parse(answer.body)).toEqual(answer.body);
});

it('refuses a body above the limit', async () => {
  const answer = await user.token('POST', '/annotations', { body: { input_file: 'x'.repeat(3 * 1024 ** 2) } });
  expect(answer).toMatchObject({ status: 413, error: { type: 'body_too_large' } });
});

it('is ready when all it needs answers, and says what does not when it stops', async () => {
  expect(await gateway.anyone('GET', '/health')).toMatchObject({ status: 200, body: { status: 'ok' } });
  expect(await gateway.anyone('GET', '/health/ready')).toMatchObject({
    status: 200,
    body: { status: 'ok', dependencies: { postgres: 'ok', temporal: 'ok', store: 'ok' } },
  });
});

it('describes itself by OpenAPI 3.1', async () => {
  const { body } = await gateway.anyone('GET', '/openapi.json');
  expect(body['openapi']).toBe('3.1.0');
  const paths = Object.keys(body['paths'] as Record<string, unknown>);
  expect(paths).toEqual(
    expect.arrayContaining(['/uploads', '/annotations', '/annotations/{job_id}', '/annotations/{job_id}/result']),
  );
});

it('commits the job although Temporal does not answer, for the schedule to start', async () => {
  const who = await gateway.user();
  const { sagas } = gateway.dependencies;
  const { startAnnotation } = sagas;
  sagas.startAnnotation = () => Promise.reject(new Error('Temporal does not answer'));
  try {
    const id = await submitted(who.token);
    expect((await who.token('GET', `/annotations/${id}`)).body['job_status']).toBe('PENDING');
    await expect(saga(id)).rejects.toThrow(/not found/i);
  } finally {
    sagas.startAnnotation = startAnnotation;
  }
});
