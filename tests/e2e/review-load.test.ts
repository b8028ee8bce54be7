// Ten thousand samples under review at once on one machine, each with a saga of its own: decisions are as quick as for few,
// and so are the lists. Run by `npm run test:long`; VARLOOM_LONG_SAMPLES says how many samples, at least 200.

import { fileURLToPath } from 'node:url';
import { Client } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createTemporalClient } from '../../temporal/client.ts';
import { readPayloadKeys } from '../../temporal/payload-keys.ts';
import { quantile, secondsOf } from '../bench/measurements.ts';
import { settingsOf } from '../support/installation.ts';
import { signIn, type Program } from '../support/program.ts';
import { startStack, type TestStack } from '../support/services.ts';
import { annotated } from '../support/stories/story.ts';
import { answerUpdate, endSignal, type bareUpdate } from './bare-update/workflow.ts';

const SAMPLES = Math.max(200, Number(process.env['VARLOOM_LONG_SAMPLES'] ?? 10_000));
const FEW = 100;
const SAMPLES_PER_DELIVERY = 100;
const ROUNDS = 200;
/** Decided one after another by several reviewers at once, when everything else is measured. */
const DECIDED_TOGETHER = Math.min(SAMPLES - ROUNDS, 2_000);
const REVIEWERS = 8;
const QUEUE = 'bare-update';
/** A decision is an update, Postgres, a signature and audit around it, and of ten thousand sagas most are not in a worker's cache. */
const MOST_TIMES_BARE = 12;
/** The middle of many requests; a busy machine is slower now and then by as much again, and by some milliseconds. */
const FLAT = { times: 3, ms: 30 };
const MINUTE = 60_000;

const listPage = z.looseObject({ next: z.string().nullable() });
const idRows = z.array(z.object({ sample_id: z.uuid() }));
type Sample = readonly [delivery: string, sample: string];

// Without VARLOOM_LONG it is skipped: it takes ten minutes and more.
describe.skipIf(process.env['VARLOOM_LONG'] === undefined)(`${SAMPLES} samples under review`, () => {
  let stack: TestStack;
  let client: Client;
  let worker: Worker;
  let working: Promise<void>;
  let connection: NativeConnection;
  let partnerId: string;
  let checksum: string;
  const waiting: Sample[] = [];
  let unanswered = 0;
  const figures: string[] = [];

  beforeAll(async () => {
    Runtime.install({ logger: new DefaultLogger('ERROR') });
    stack = await startStack({ env: { RATE_LIMIT_PRINCIPAL_PER_MINUTE: '0', RATE_LIMIT_UPLOADS_PER_MINUTE: '0' } });
    const { address, namespace } = stack.stack.temporal;
    const keys = readPayloadKeys(settingsOf(stack.home)['PAYLOAD_KEYS_FILE'] ?? '');
    client = createTemporalClient({ address, namespace, keys });
    connection = await NativeConnection.connect({ address });
    const workflowsPath = fileURLToPath(import.meta.resolve('./bare-update/workflow.ts'));
    const workflowBundle = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
    worker = await Worker.create({ connection, namespace, taskQueue: QUEUE, workflowBundle });
    working = worker.run();
  });
  afterAll(async () => {
    process.stdout.write(`${figures.map((line) => `  ${line}\n`).join('')}`);
    worker?.shutdown();
    await working;
    await connection?.close();
    await client?.connection.close();
    await stack?.stop();
  });

  const as = (name: string): Promise<Program> => signIn(stack, `${name}@varloom.test`);
  const read = (who: Program, path: string) => who.ask('GET', path, { shape: listPage });
  const runningReviews = async () =>
    (await client.workflow.count('WorkflowType = "reviewSample" AND ExecutionStatus = "Running"')).count;

  /** As many more samples with an annotation each of the same job: rows as a request for each would have made them. */
  const plant = async (like: string, count: number): Promise<string[]> => {
    const owner = postgres(stack.stack.database, { max: 1, onnotice: () => {} });
    try {
      const rows = await owner`
        insert into samples (sample_id, organization_id, barcode, job_id, created_by)
        select gen_random_uuid(), organization_id, 'LOAD-' || gen_random_uuid(), job_id, created_by
        from samples, generate_series(1, ${count}) where sample_id = ${like}
        returning sample_id`;
      await owner`analyze samples`;
      return idRows.parse([...rows]).map(({ sample_id }) => sample_id);
    } finally {
      await owner.end({ timeout: 5 });
    }
  };
  const putIntoReview = async (ids: readonly string[]) => {
    const member = await as('premium');
    for (let from = 0; from < ids.length; from += SAMPLES_PER_DELIVERY) {
      const sample_ids = ids.slice(from, from + SAMPLES_PER_DELIVERY);
      const shape = z.object({ delivery_id: z.uuid() });
      const asked = { partner_id: partnerId, sample_ids };
      const { delivery_id } = await member.ask('POST', '/deliveries', { status: 201, shape }, asked);
      for (const id of sample_ids) waiting.push([delivery_id, id]);
    }
  };

  const decide = async (reviewer: Program): Promise<number> => {
    const next = waiting.shift();
    if (!next) throw new Error('nothing waits');
    const body = { level: 'technical', decision: 'accept', result_checksum: checksum };
    const path = `/deliveries/${next[0]}/samples/${next[1]}/decisions`;
    const startedAt = performance.now();
    for (let isRepeated = false; ; isRepeated = true) {
      const answer = await reviewer.call('POST', path, body);
      // The gateway does not wait for ever: a busy saga has taken it, or takes the next one.
      if (answer.status === 503) {
        unanswered += 1;
        continue;
      }
      const ms = performance.now() - startedAt;
      if (isRepeated && answer.status === 409)
        expect(answer.body).toMatchObject({ error: { type: 'already_decided' } });
      else expect(answer).toMatchObject({ status: 200, body: { state: 'in_review', level: 'licensed' } });
      return ms;
    }
  };
  const decided = async (): Promise<number> => {
    const owner = postgres(stack.stack.database, { max: 1, onnotice: () => {} });
    try {
      const [row] = await owner`select count(*)::int as count from delivery_samples where level = 'licensed'`;
      return z.object({ count: z.int() }).parse(row).count;
    } finally {
      await owner.end({ timeout: 5 });
    }
  };
  const timed = async (act: () => Promise<unknown>): Promise<number> => 1000 * (await secondsOf(act));
  const both = (ms: readonly number[]) => ({ p50: quantile(ms, 0.5), p95: quantile(ms, 0.95) });
  const told = (name: string, { p50, p95 }: ReturnType<typeof both>) =>
    void figures.push(`${name}: p50 ${p50.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms`);

  const LISTS = { '/reviews': 'tech', '/deliveries': 'director' } as const;
  /** The middle of the list, as somebody comes there who turns its pages; null when there is only one page. */
  const cursorHalfWay = async (who: Program, path: string, pages: number): Promise<string | null> => {
    let next: string | null = null;
    for (let turned = 0; turned < pages; turned++) {
      ({ next } = await read(who, `${path}?limit=10${next === null ? '' : `&cursor=${next}`}`));
    }
    return next;
  };
  /** Medians in ms; `me` is of a request that is the same however much there is, in turn with the others. */
  const measured: Record<string, { first: number; deep: number; me: number }> = {};
  const measureLists = async (rows: Record<keyof typeof LISTS, number>, name: string) => {
    for (const path of ['/reviews', '/deliveries'] as const) {
      const who = await as(LISTS[path]);
      const cursor = await cursorHalfWay(who, path, Math.floor(rows[path] / 20));
      const [first, deep, me]: [number[], number[], number[]] = [[], [], []];
      for (let round = 0; round < ROUNDS; round++) {
        me.push(await timed(() => who.call('GET', '/me')));
        first.push(await timed(() => read(who, `${path}?limit=10`)));
        if (cursor !== null) deep.push(await timed(() => read(who, `${path}?limit=10&cursor=${cursor}`)));
      }
      told(`${path}, first page, ${name}`, both(first));
      if (deep.length > 0) told(`${path}, half-way, ${name}`, both(deep));
      told(`/me, in turn with it, ${name}`, both(me));
      const [ofFirst, ofDeep] = [quantile(first, 0.5), deep.length > 0 ? quantile(deep, 0.5) : 0];
      measured[`${path} ${name}`] = { first: ofFirst, deep: ofDeep, me: quantile(me, 0.5) };
    }
  };

  it('a hundred first, and the lists of them', { timeout: 10 * MINUTE }, async () => {
    const member = await as('premium');
    const job = await annotated(member);
    const sampleMade = { status: 201, shape: z.object({ sample_id: z.uuid() }) };
    const { sample_id } = await member.ask('POST', '/samples', sampleMade, { barcode: 'LOAD', job_id: job });
    const shown = { shape: z.object({ result_checksum: z.string() }) };
    ({ result_checksum: checksum } = await (await as('tech')).ask('GET', `/samples/${sample_id}`, shown));
    const partnerMade = { status: 201, shape: z.object({ partner_id: z.uuid() }) };
    ({ partner_id: partnerId } = await (await as('admin')).ask('POST', '/partners', partnerMade, { name: 'Load' }));
    await putIntoReview(await plant(sample_id, FEW));
    await expect.poll(runningReviews, { timeout: 2 * MINUTE, interval: 500 }).toBe(FEW);
    await measureLists({ '/reviews': FEW, '/deliveries': 1 }, `${FEW} samples`);

    const seconds = await secondsOf(async () => {
      await putIntoReview(await plant(sample_id, SAMPLES - FEW));
    });
    figures.push(
      `${SAMPLES - FEW} samples put into ${(SAMPLES - FEW) / SAMPLES_PER_DELIVERY} deliveries in ${seconds.toFixed(0)} s`,
    );
  });

  it('then all of them: each has its saga', { timeout: 20 * MINUTE }, async () => {
    const seconds = await secondsOf(() =>
      expect.poll(runningReviews, { timeout: 19 * MINUTE, interval: 1000 }).toBe(SAMPLES),
    );
    figures.push(`all ${SAMPLES} reviews ran ${seconds.toFixed(0)} s later`);
  });

  it('a decision takes as long as an update and a few queries', { timeout: 10 * MINUTE }, async () => {
    const reviewer = await as('tech');
    // Bare of encryption too.
    const { workflow } = new Client({ connection: client.connection, namespace: stack.stack.temporal.namespace });
    const bare = await workflow.start<typeof bareUpdate>('bareUpdate', { workflowId: QUEUE, taskQueue: QUEUE });
    const update = () => bare.executeUpdate(answerUpdate, { args: ['as it came'] });
    await update();
    const [decisions, updates]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      updates.push(await timed(update));
      decisions.push(await decide(reviewer));
    }
    await bare.signal(endSignal);
    told(`a decision, ${SAMPLES} samples under review`, both(decisions));
    told('a bare update, in turn with it', both(updates));
    const ratio = quantile(decisions, 0.95) / quantile(updates, 0.95);
    figures.push(`p95 of a decision over p95 of a bare update: ${ratio.toFixed(1)}`);
    expect(ratio).toBeLessThan(MOST_TIMES_BARE);
  });

  it(
    'the lists are as quick as with a hundred, and half-way as at the beginning',
    { timeout: 10 * MINUTE },
    async () => {
      const rows = { '/reviews': waiting.length, '/deliveries': SAMPLES / SAMPLES_PER_DELIVERY };
      await measureLists(rows, `${SAMPLES} samples`);
      for (const path of ['/reviews', '/deliveries']) {
        const [few, all] = [measured[`${path} ${FEW} samples`], measured[`${path} ${SAMPLES} samples`]];
        if (!few || !all) throw new Error('not measured');
        // The machine has ten thousand sagas to care for, whoever else uses it: what that costs, `/me` tells.
        const slower = Math.max(1, all.me / few.me);
        figures.push(`${path}, against ${FEW} samples: ${(all.first / few.first / slower).toFixed(2)} times`);
        expect(all.first).toBeLessThan(FLAT.times * few.first * slower + FLAT.ms);
        expect(all.deep).toBeLessThan(FLAT.times * all.first + FLAT.ms);
      }
    },
  );

  it('several reviewers at once: every decision is taken', { timeout: 30 * MINUTE }, async () => {
    const latencies: number[] = [];
    const reviewer = await as('tech');
    let left = DECIDED_TOGETHER;
    const decideOn = async () => {
      while (left-- > 0) latencies.push(await decide(reviewer));
    };
    const seconds = await secondsOf(() => Promise.all(Array.from({ length: REVIEWERS }, decideOn)));
    told(`${latencies.length} decisions, ${REVIEWERS} at once`, both(latencies));
    figures.push(`${(latencies.length / seconds).toFixed(0)} decisions a second`);
    figures.push(`not answered in time, and asked again: ${unanswered}`);
    expect(await decided()).toBe(ROUNDS + DECIDED_TOGETHER);
    expect(unanswered).toBeLessThan(0.05 * DECIDED_TOGETHER);
    expect(await runningReviews()).toBe(SAMPLES);
  });
});
