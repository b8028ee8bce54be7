// Archived results of a Free user who pays: from the payment to the last result restored, beside the store's own calls for
// as many objects with as many at once, in turns. One upgrade is large, for its histories.
// `node tests/bench/restores.ts [--quick]`.

import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { CreateBucketCommand, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { subscription } from '../../domain/http-billing.ts';
import { payOnPage } from '../../infra/local/stripe/pay-on-page.ts';
import { connectStore, type S3 } from '../../store/client.ts';
import { signIn, type Program } from '../support/program.ts';
import { runAlone } from './alone.ts';
import { makeArchivedResults, putArchived, type ArchivedResult } from './archived-results.ts';
import { restoreBarely, RETRIEVAL_MS } from './bare/restores.ts';
import { cpuSecondsOf, withBenchStack, type BenchStack } from './bench-stack.ts';
import { secondsOf, type BenchOptions, type BenchReport } from './measurements.ts';
import { historiesOf } from './upgrade-histories.ts';

/** As many children as an upgrade's saga has at once. */
const WIDTH = 20;
/** The targets of one run's history: far below the 50,000 events and 50 MB at which a server ends it. */
const MOST_EVENTS = 10_000;
const MOST_MEGABYTES = 5;
const GOOD_CARD = '4242424242424242';
const LARGE_USER = 'free2@varloom.test';
const ROUND_USER = 'free@varloom.test';
const BARE_BUCKET = 'bench-bare';
const POLL_MS = 200;
/** How many restored results are downloaded and compared. */
const SAMPLE = 25;

export function benchRestores({ quick, say }: BenchOptions): Promise<BenchReport> {
  return withBenchStack(async (bench) => {
    const [large, rounds, roundSize] = quick ? [100, 2, 40] : [1000, 3, 200];
    const s3 = storeOf(bench);
    try {
      // Of its own: the service hears of what happens in its bucket.
      await s3.client.send(new CreateBucketCommand({ Bucket: BARE_BUCKET }));
      const payer = await signIn({ stack: bench.stack, home: bench.home.directory }, ROUND_USER);
      const samples = { ours_s: [], bare_s: [] } as { ours_s: number[]; bare_s: number[] };
      const warmUp = 10;
      for (let round = -1; round < rounds; round++) {
        const count = round < 0 ? warmUp : roundSize;
        const ours = await upgrade(bench, s3, { payer, email: ROUND_USER, count });
        if (ours.failed > 0) throw new Error(`${ours.failed} of ${count} results were not restored`);
        await cancel(payer);
        const objects = await putArchived(s3, BARE_BUCKET, keysOf(round, count));
        const bareSeconds = await secondsOf(() => restoreBarely(s3, BARE_BUCKET, objects, WIDTH));
        if (round < 0) continue;
        samples.ours_s.push(ours.seconds);
        samples.bare_s.push(bareSeconds);
        say(
          `round ${round + 1}: ${count} results, ours ${ours.seconds.toFixed(1)} s, bare ${bareSeconds.toFixed(1)} s`,
        );
      }

      const program = await signIn({ stack: bench.stack, home: bench.home.directory }, LARGE_USER);
      say(`archiving ${large} results of one user`);
      const run = await upgrade(bench, s3, { payer: program, email: LARGE_USER, count: large });
      say(`${large} results restored in ${run.seconds.toFixed(1)} s`);
      const found = await lookAt(program, s3, run.results);
      const histories = await historiesOf(bench, LARGE_USER, run.results[0]?.jobId);

      const least = (series: keyof typeof samples) => Math.min(...samples[series]);
      const perSecond = (series: keyof typeof samples) => roundSize / least(series);
      return {
        figures: [
          { name: `${large} archived results restored`, value: large / run.seconds, unit: 'per second' },
          { name: 'of these failed', value: run.failed, unit: 'count', target: { atMost: 0 } },
          { name: 'of these not live', value: found.notLive, unit: 'count', target: { atMost: 0 } },
          { name: 'archived copies left behind', value: found.archivedLeft, unit: 'count', target: { atMost: 0 } },
          {
            name: `not readable or not what they were, of ${found.sampled}`,
            value: found.unreadable,
            unit: 'count',
            target: { atMost: 0 },
          },
          { name: 'runs of the upgrade', value: histories.upgrade.length, unit: 'count' },
          {
            name: 'events of its longest run',
            value: Math.max(...histories.upgrade.map(({ events }) => events)),
            unit: 'count',
            target: { atMost: MOST_EVENTS },
          },
          {
            name: 'history of its largest run',
            value: Math.max(...histories.upgrade.map(({ megabytes }) => megabytes)),
            unit: 'MB',
            target: { atMost: MOST_MEGABYTES },
          },
          { name: 'events of one restore', value: histories.restore.events, unit: 'count' },
          { name: 'history of one restore', value: histories.restore.megabytes, unit: 'MB' },
          { name: 'ours / bare calls of the store', value: perSecond('ours_s') / perSecond('bare_s'), unit: 'ratio' },
          { name: `ours, ${roundSize} results`, value: perSecond('ours_s'), unit: 'per second' },
          { name: `bare calls, ${roundSize} objects`, value: perSecond('bare_s'), unit: 'per second' },
        ],
        samples: {
          ...samples,
          large_run_s: [run.seconds],
          upgrade_run_events: histories.upgrade.map(({ events }) => events),
          upgrade_run_mb: histories.upgrade.map(({ megabytes }) => megabytes),
        },
        notes: [
          `${WIDTH} at once, ours as the bare calls; the emulated store takes ${RETRIEVAL_MS / 1000} s to bring an object, ` +
            `so that neither can be quicker than ${(WIDTH * 1000) / RETRIEVAL_MS} a second`,
          'the store tells ours by its notices that an object can be read; the bare calls know when to ask',
          `CPU of the large run, ms a result: ${run.cpu}`,
        ],
      };
    } finally {
      s3.client.destroy();
    }
  });
}

interface Upgrade {
  results: ArchivedResult[];
  /** From the payment until the subscription says that every result has been restored or has failed. */
  seconds: number;
  failed: number;
  cpu: string;
}

async function upgrade(
  bench: BenchStack,
  s3: S3,
  { payer, email, count }: { payer: Program; email: string; count: number },
): Promise<Upgrade> {
  await payer.call('GET', '/subscription'); // a first request makes the user's row
  const results = await makeArchivedResults(bench, s3, { email, count });
  const opened = await payer.call('POST', '/subscription');
  if (opened.status !== 201) throw new Error(`no payment page: ${JSON.stringify(opened.body)}`);
  const before = await cpuSecondsOf(bench.stack.processes);
  const startedAt = performance.now();
  const paid = await payOnPage(z.url().parse(opened.body['checkout_url']), GOOD_CARD);
  if (paid.status !== 303) throw new Error(`the payment page answered ${paid.status}: ${paid.alert ?? ''}`);
  const deadline = AbortSignal.timeout(60_000 + count * 2_000);
  for (;;) {
    const { restore } = subscription.parse((await payer.call('GET', '/subscription')).body);
    if (restore && restore.total === count && restore.restored + restore.failed === count) {
      const seconds = (performance.now() - startedAt) / 1000;
      const after = await cpuSecondsOf(bench.stack.processes);
      return { results, seconds, failed: restore.failed, cpu: cpuLine(before, after, count) };
    }
    if (deadline.aborted) throw new Error(`not restored in time: ${JSON.stringify(restore)}`);
    await pause(POLL_MS); // nothing tells of a subscription
  }
}

/** Free again, so that the same user can pay again. What was restored stays, as no retention window ends meanwhile. */
async function cancel(payer: Program): Promise<void> {
  const asked = await payer.call('DELETE', '/subscription?now=true');
  if (asked.status !== 202) throw new Error(`not cancelled: ${JSON.stringify(asked.body)}`);
  const deadline = AbortSignal.timeout(60_000);
  while (subscription.parse((await payer.call('GET', '/subscription')).body).plan !== 'free') {
    deadline.throwIfAborted();
    await pause(POLL_MS);
  }
}

interface Found {
  notLive: number;
  archivedLeft: number;
  unreadable: number;
  sampled: number;
}

const listed = z.object({
  jobs: z.array(z.object({ job_id: z.string(), result_state: z.string().nullable() })),
  next: z.string().nullable(),
});

/** What has become of the results, as their owner and the store see it. */
async function lookAt(program: Program, s3: S3, results: readonly ArchivedResult[]): Promise<Found> {
  const live = new Set<string>();
  for (let cursor: string | null = ''; cursor !== null;) {
    const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const { jobs, next } = listed.parse((await program.call('GET', `/annotations?limit=200${query}`)).body);
    for (const { job_id, result_state } of jobs) if (result_state === 'live') live.add(job_id);
    cursor = next;
  }
  const ours = new Set(results.map(({ key }) => key));
  let archivedLeft = 0;
  const bucket = { Bucket: s3.bucketNames.results, Prefix: 'archive/' };
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3.client }, bucket)) {
    archivedLeft += Contents.filter(({ Key }) => Key !== undefined && ours.has(Key)).length;
  }
  const step = Math.ceil(results.length / SAMPLE);
  const sampled = results.filter((_, index) => index % step === 0);
  const isWhole = await Promise.all(sampled.map((result) => isReadable(program, result)));
  return {
    notLive: results.filter(({ jobId }) => !live.has(jobId)).length,
    archivedLeft,
    unreadable: isWhole.filter((whole) => !whole).length,
    sampled: sampled.length,
  };
}

async function isReadable(program: Program, { jobId, sha256 }: ArchivedResult): Promise<boolean> {
  const { status, body } = await program.call('GET', `/annotations/${jobId}/result`);
  if (status !== 200) return false;
  const answer = await fetch(z.url().parse(body['url']));
  const bytes = Buffer.from(await answer.arrayBuffer());
  return answer.ok && createHash('sha256').update(bytes).digest('hex') === sha256;
}

const storeOf = ({ stack: { s3 } }: BenchStack): S3 =>
  connectStore({
    S3_ENDPOINT: s3.endpoint,
    AWS_REGION: s3.region,
    AWS_ACCESS_KEY_ID: s3.access_key_id ?? undefined,
    AWS_SECRET_ACCESS_KEY: s3.secret_access_key ?? undefined,
    S3_INPUTS_BUCKET: s3.inputs_bucket,
    S3_RESULTS_BUCKET: s3.results_bucket,
  });

const keysOf = (round: number, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `round${round}/${index}`);

function cpuLine(before: Map<string, number>, after: Map<string, number>, count: number): string {
  const parts = [...after].map(([name, seconds]): [string, number] => [
    name,
    ((seconds - (before.get(name) ?? 0)) * 1000) / count,
  ]);
  const sum = parts.reduce((total, [, ms]) => total + ms, 0);
  const shown = parts.filter(([, ms]) => ms >= 0.5).toSorted(([, a], [, b]) => b - a);
  return `${sum.toFixed(0)} = ${shown.map(([name, ms]) => `${name} ${ms.toFixed(1)}`).join(' + ')}`;
}

if (import.meta.main) await runAlone('restores', benchRestores);
