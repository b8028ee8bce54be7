// What a job made, over the API: links that really download, the states that forbid it, and the stream of progress.

import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { beginArchive, beginErasure, finishArchive } from '../../db/results.ts';
import { endJob, saveProgress, startJob } from '../../db/saga.ts';
import { jobs } from '../../db/schema/index.ts';
import { jobEvent, type JobEvent } from '../../domain/http.ts';
import type { JobId } from '../../domain/ids.ts';
import { system } from '../../domain/principal.ts';
import { startTestGateway, type TestGateway, type TestUser } from '../../tests/support/gateway.ts';
import { addReference, completed, finish, submitted, uploaded } from '../../tests/support/gateway-steps.ts';

let gateway: TestGateway;
let user: TestUser;
const asSystem = system('test');
beforeAll(async () => {
  gateway = await startTestGateway();
  await addReference(gateway, 'demo');
  user = await gateway.user();
});
afterAll(() => gateway.close());

const KINDS = ['result', 'index', 'log', 'provenance'] as const;
const get = (id: JobId, kind: string, accept = 'application/json') =>
  user.token('GET', `/annotations/${id}/${kind}`, { headers: { Accept: accept } });

describe('links', () => {
  let done: JobId;
  beforeAll(async () => {
    done = await completed(gateway, user.token);
  });
  it.for([
    ['result', 'annotated', 'sample.annotated.vcf.gz'],
    ['index', 'index', 'sample.annotated.vcf.gz.tbi'],
    ['log', '3 records in, 3 records out\n', 'sample.annotation.log'],
    ['provenance', '{"engine":"bcftools"}', 'sample.provenance.json'],
  ] as const)('to the %s: a redirect for a browser, JSON for a program', async ([kind, content, fileName]) => {
    const id = await completed(gateway, user.token);
    const redirect = await get(id, kind, 'text/html');
    expect(redirect.status).toBe(302);
    const link = await get(id, kind);
    expect(link).toMatchObject({ status: 200, body: { code: 200, status: 'success' } });
    const leftSeconds = (Date.parse(String(link.body['expires_at'])) - Date.now()) / 1000;
    expect(leftSeconds).toBeGreaterThan(880);
    expect(leftSeconds).toBeLessThanOrEqual(900);
    for (const url of [redirect.headers.get('Location') ?? '', String(link.body['url'])]) {
      expect(new URL(url).searchParams.get('X-Amz-Expires')).toBe('900');
      const file = await fetch(url);
      expect(await file.text()).toBe(content);
      expect(file.headers.get('Content-Disposition')).toContain(`filename="${fileName}"`);
    }
  });

  it.for([
    ['application/json', 200],
    ['application/json; charset=utf-8', 200],
    ['application/json, text/plain, */*', 200],
    ['text/html;q=0.8, application/json', 200],
    ['application/json;q=0.1, */*;q=0.05', 200],
    ['*/*', 302],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 302],
    ['text/html, application/json;q=0.5', 302],
    ['text/html;q=0.1, application/json;q=0', 302],
    ['application/json-seq', 302],
    ['application/x-application/json', 302],
  ] as const)('for one who accepts %s: %i', async ([accept, status]) => {
    expect((await get(done, 'log', accept)).status).toBe(status);
  });

  it('gives nothing to one who alters it', async () => {
    const { body } = await get(await completed(gateway, user.token), 'result');
    const url = new URL(String(body['url']));
    url.searchParams.set('X-Amz-Expires', '604800');
    expect((await fetch(url)).status).toBe(403);
  });

  it.for([['a"; filename="evil.exe'], ['🧬'.repeat(1000)], ['a\r\nSet-Cookie: a=b.vcf'], ['../../x.vcf']])(
    'under a file name that is hostile or long: %s',
    async ([file_name]) => {
      const input_file = await uploaded(user.token, { file_name });
      const made = await user.token('POST', '/annotations', { body: { input_file } });
      const id = made.body['job_id'] as JobId;
      await finish(gateway, id);
      const link = await get(id, 'result', 'text/html');
      expect(link.status).toBe(302);
      const file = await fetch(link.headers.get('Location') ?? '');
      expect(file.status).toBe(200);
      expect(file.headers.get('Set-Cookie')).toBeNull();
      const disposition = file.headers.get('Content-Disposition') ?? '';
      expect(disposition).toMatch(/^attachment; filename="[\w.() -]*"; filename\*=UTF-8''[^\s;"']*$/);
    },
  );

  const states: Record<string, { prepare: () => Promise<JobId>; result: [number, string]; others: [number, string?] }> =
    {
      'that waits': {
        prepare: () => submitted(user.token),
        result: [409, 'result_not_ready'],
        others: [409, 'result_not_ready'],
      },
      'that failed': {
        prepare: async () => {
          const id = await submitted(user.token);
          const error = { type: 'input_empty' as const, message: 'It is empty.' };
          await endJob(gateway.database, asSystem, id, { status: 'FAILED', error });
          return id;
        },
        result: [404, 'no_result'],
        others: [404, 'no_result'],
      },
      'that is being archived': {
        prepare: async () => {
          const id = await completed(gateway, user.token);
          await beginArchive(gateway.database, asSystem, id, 1);
          return id;
        },
        result: [403, 'result_archived'],
        others: [200],
      },
      'that is archived': {
        prepare: async () => {
          const id = await completed(gateway, user.token);
          const begun = await beginArchive(gateway.database, asSystem, id, 1);
          if (begun.decision === 'archive') await finishArchive(gateway.database, asSystem, id, begun.move);
          return id;
        },
        result: [403, 'result_archived'],
        others: [200],
      },
      'that is being restored': {
        prepare: async () => {
          const id = await completed(gateway, user.token);
          await gateway.database.write(asSystem, (tx) =>
            tx.update(jobs).set({ resultState: 'restoring' }).where(eq(jobs.jobId, id)),
          );
          return id;
        },
        result: [409, 'result_restoring'],
        others: [200],
      },
      'that was erased': {
        prepare: async () => {
          const id = await completed(gateway, user.token);
          await beginErasure(gateway.database, asSystem, id);
          return id;
        },
        result: [404, 'result_deleted'],
        others: [404, 'result_deleted'],
      },
    };
  it.for(Object.entries(states))('of a job %s', async ([, { prepare, result, others }]) => {
    const id = await prepare();
    for (const kind of KINDS) {
      const [status, type] = kind === 'result' ? result : others;
      const answer = await get(id, kind);
      expect([kind, answer.status, answer.error?.type]).toEqual([kind, status, type]);
      const upgrade = { upgrade_url: `${gateway.settings.PUBLIC_URL}/billing` };
      expect(answer.error?.details).toEqual(type === 'result_archived' ? upgrade : undefined);
    }
  });

  it('of an archived job: its log and summary are still shown, of an erased one nothing is', async () => {
    const archived = await states['that is archived']?.prepare();
    const job = (await user.token('GET', `/annotations/${archived}`)).body;
    expect(job).toMatchObject({ result_state: 'archived', log: expect.any(String) as string, summary: { records: 3 } });
    expect(job).not.toHaveProperty('result_expires_at');
    const erased = (await user.token('GET', `/annotations/${await states['that was erased']?.prepare()}`)).body;
    expect(erased).toMatchObject({ result_state: 'deleted', log: null, summary: null, file_name: 'erased' });
  });
});

describe('GET /annotations/{job_id}/events', () => {
  const open = async (id: JobId, headers = user.headers.session) => {
    const response = await gateway.app.request(`/annotations/${id}/events`, { headers });
    expect(response.status).toBe(200);
    expect(response.headers.get('Content-Type')).toContain('text/event-stream');
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    if (!reader) throw new Error('there is no stream');
    let text = '';
    return {
      /** The next event; undefined when the stream has closed. */
      async next(): Promise<{ event: string; data: string } | undefined> {
        while (!text.includes('\n\n')) {
          const { value, done } = await reader.read();
          if (done) return undefined;
          text += value;
        }
        const end = text.indexOf('\n\n');
        const fields = new Map(
          text
            .slice(0, end)
            .split('\n')
            .map((line) => [line.split(': ')[0], line.slice(line.indexOf(': ') + 2)]),
        );
        text = text.slice(end + 2);
        return { event: fields.get('event') ?? '', data: fields.get('data') ?? '' };
      },
      cancel: () => reader.cancel(),
    };
  };
  type Stream = Awaited<ReturnType<typeof open>>;
  const nextJob = async (stream: Stream): Promise<JobEvent> => {
    const event = await stream.next();
    expect(event?.event).toBe('job');
    return jobEvent.strict().parse(JSON.parse(event?.data ?? ''));
  };
  /** Changes that come close together may be told as one. */
  const until = async (stream: Stream, is: (event: JobEvent) => boolean) => {
    let event = await nextJob(stream);
    while (!is(event)) event = await nextJob(stream);
    return event;
  };

  it('tells the state at once, each change, and ends with the job', async () => {
    const id = await submitted(user.token);
    const stream = await open(id);
    expect(await nextJob(stream)).toMatchObject({ job_id: id, job_status: 'PENDING' });
    await startJob(gateway.database, asSystem, id);
    await until(stream, ({ job_status }) => job_status === 'RUNNING');
    for (const percent of [10, 60]) {
      await saveProgress(gateway.database, asSystem, id, { phase: 'annotating', records: percent, percent });
      await until(stream, ({ progress }) => progress.percent === percent && progress.records === percent);
    }
    await finish(gateway, id);
    await until(stream, ({ job_status, result_state }) => job_status === 'COMPLETED' && result_state === 'live');
    expect(await stream.next()).toMatchObject({ event: 'end' });
    expect(await stream.next()).toBeUndefined();
  });

  it('refuses one stream too many, and takes the next when one was closed', async () => {
    const id = await submitted(user.token);
    const ask = () => gateway.app.request(`/annotations/${id}/events`, { headers: user.headers.token });
    const streams: Stream[] = [];
    let refused = await ask();
    // However many are open already: until one is refused.
    while (refused.status === 200 && streams.length < 400) {
      await refused.body?.cancel();
      streams.push(await open(id));
      await streams.at(-1)?.next();
      refused = await ask();
    }
    expect(await refused.json()).toMatchObject({ code: 429, error: { type: 'too_many_requests' } });
    await Promise.all(streams.map((stream) => stream.cancel()));
    await expect.poll(async () => (await ask()).status).toBe(200);
  });

  it('of a job that has ended: its state, and the end', async () => {
    const id = await submitted(user.token);
    const error = { type: 'input_empty' as const, message: 'It is empty.' };
    await endJob(gateway.database, asSystem, id, { status: 'FAILED', error });
    const stream = await open(id, user.headers.token);
    expect(await nextJob(stream)).toMatchObject({ job_status: 'FAILED', error: { type: 'input_empty' } });
    expect(await stream.next()).toMatchObject({ event: 'end' });
    expect(await stream.next()).toBeUndefined();
  });

  it('is told to many who watch, and forgets one who leaves', async () => {
    const id = await submitted(user.token);
    const streams = await Promise.all(Array.from({ length: 20 }, () => open(id)));
    for (const stream of streams) await nextJob(stream);
    await streams.shift()?.cancel();
    await startJob(gateway.database, asSystem, id);
    const seen = await Promise.all(
      streams.map((stream) => until(stream, ({ job_status }) => job_status === 'RUNNING')),
    );
    expect(seen.map(({ job_id }) => job_id)).toEqual(Array(19).fill(id));
    await Promise.all(streams.map((stream) => stream.cancel()));
  });

  it('closes when the gateway stops, also for one who comes too late', async () => {
    const second = await startTestGateway();
    const first = gateway;
    gateway = second;
    try {
      await addReference(second, 'demo');
      const who = await second.user();
      const id = await submitted(who.token);
      const stream = await open(id, who.headers.token);
      await nextJob(stream);
      second.stop();
      expect(await stream.next()).toBeUndefined();
      const late = await open(id, who.headers.token);
      while ((await late.next()) !== undefined);
      expect((await second.anyone('GET', '/health/ready')).status).toBe(503);
    } finally {
      gateway = first;
      await second.close();
    }
  });
});
