// The list of jobs: its order, its pages while jobs are added, its filter, and the questions it refuses.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jobs } from '../../db/schema/index.ts';
import * as http from '../../domain/http.ts';
import { system } from '../../domain/principal.ts';
import { startTestGateway, type TestGateway, type TestUser } from '../../tests/support/gateway.ts';
import { addReference, completed, submitted, uploaded } from '../../tests/support/gateway-steps.ts';

let gateway: TestGateway;
let user: TestUser;
const asSystem = system('test');
beforeAll(async () => {
  gateway = await startTestGateway();
  await addReference(gateway, 'demo');
  user = await gateway.user();
});
afterAll(() => gateway.close());

describe('GET /annotations', () => {
  const list = async (who: TestUser, query = '') => {
    const answer = await who.token('GET', `/annotations${query}`);
    expect(answer.status).toBe(200);
    return { jobs: answer.body['jobs'] as http.JobListItem[], next: answer.body['next'] as string | null };
  };
  const addJobs = async (
    who: TestUser,
    upload: string,
    count: number,
    changes: Partial<typeof jobs.$inferInsert> = {},
  ) => {
    const rows = Array.from({ length: count }, () => ({
      jobId: crypto.randomUUID(),
      organizationId: who.user.organizationId,
      userId: who.user.userId,
      uploadId: upload,
      source: 'api' as const,
      fileName: 'a.vcf',
      inputEtag: '"1"',
      inputSizeBytes: 1,
      genome: 'demo',
      consequenceMode: 'auto' as const,
      ...changes,
    }));
    // One statement, one now(): all of them are of the same microsecond.
    await gateway.database.write(asSystem, (tx) => tx.insert(jobs).values(rows));
    return rows.map(({ jobId }) => jobId);
  };

  it('shows each job as promised, newest first', async () => {
    const who = await gateway.user();
    const [first, second] = [await submitted(who.token), await completed(gateway, who.token)];
    const { jobs: shown, next } = await list(who);
    expect(next).toBeNull();
    expect(shown.map(({ job_id }) => job_id)).toEqual([second, first]);
    for (const job of shown) expect(http.jobListItem.parse(job)).toEqual(job);
    expect(shown[0]).toMatchObject({
      job_status: 'COMPLETED',
      result_state: 'live',
      job_details: { file_name: 'sample.vcf', genome: 'demo', consequence_mode: 'auto' },
    });
    expect(shown[1]).toMatchObject({ job_status: 'PENDING', result_state: null, completed_at: null });
  });

  it('pages through jobs of one moment, while others are added, without repeating or losing one', async () => {
    const who = await gateway.user();
    const upload = await uploaded(who.token);
    const there = new Set(await addJobs(who, upload, 60));
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof list>> = await list(who, `?limit=7${cursor ? `&cursor=${cursor}` : ''}`);
      seen.push(...page.jobs.map(({ job_id }) => job_id));
      cursor = page.next;
      await addJobs(who, upload, 3);
    } while (cursor);
    expect(seen.length).toBe(new Set(seen).size);
    expect(new Set(seen)).toEqual(there);
  });

  it('ends a list whose length is a whole number of pages', async () => {
    const who = await gateway.user();
    await addJobs(who, await uploaded(who.token), 4);
    const first = await list(who, '?limit=2');
    const second = await list(who, `?limit=2&cursor=${first.next}`);
    expect([second.jobs.length, second.next]).toEqual([2, null]);
  });

  it('filters by status, from page to page', async () => {
    const who = await gateway.user();
    const upload = await uploaded(who.token);
    const failed = await addJobs(who, upload, 3, { status: 'FAILED', completedAt: new Date() });
    await addJobs(who, upload, 5);
    const first = await list(who, '?limit=2&job_status=FAILED');
    const second = await list(who, `?limit=2&job_status=FAILED&cursor=${first.next}`);
    const ids = [...first.jobs, ...second.jobs].map(({ job_id }) => job_id);
    expect(ids.toSorted()).toEqual(failed.toSorted());
    expect((await list(who, '?job_status=RUNNING')).jobs).toEqual([]);
  });

  const cursorOf = (text: string) => Buffer.from(text).toString('base64url');
  const anId = '00000000-0000-4000-8000-000000000000';
  it.for([
    ['limit=0', 'limit'],
    ['limit=201', 'limit'],
    ['limit=ten', 'limit'],
    ['job_status=DONE', 'job_status'],
    ['status=FAILED', 'status'],
    ['cursor=nonsense', 'cursor'],
    [`cursor=${cursorOf(`2026-01-01T00:00:00.000000Z/no-id`)}`, 'cursor'],
    [`cursor=${cursorOf(`yesterday/${anId}`)}`, 'cursor'],
    [`cursor=${cursorOf(`1/${anId}`)}`, 'cursor'],
    [`cursor=${cursorOf(`2026-02-30T00:00:00.000000Z/${anId}`)}`, 'cursor'],
    [`cursor=${cursorOf(`0000-01-01T00:00:00.000000Z/${anId}`)}`, 'cursor'],
    [`cursor=${cursorOf(`Thu Jan 01 1970 (comment)/${anId}`)}`, 'cursor'],
  ] as const)('refuses ?%s', async ([query, field]) => {
    const answer = await user.token('GET', `/annotations?${query}`);
    expect(answer).toMatchObject({ status: 422, error: { type: 'invalid_request' } });
    expect(Object.keys(answer.error?.details ?? {})).toEqual([field]);
  });

  it.for(['limit=1', 'limit=200'])('takes ?%s', async (query) => {
    expect((await user.token('GET', `/annotations?${query}`)).status).toBe(200);
  });
});
