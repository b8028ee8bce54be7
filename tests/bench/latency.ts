// One small job at a time on an idle stack, from POST to COMPLETED as its stream of events tells it, beside a bare
// workflow of the same shape plus what the engine itself took: `node tests/bench/latency.ts [--quick]`.

import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { runAlone } from './alone.ts';
import { runBarePipeline } from './bare/activities.ts';
import { startBareWorkers } from './bare/workers.ts';
import { withBenchStack, type BenchStack } from './bench-stack.ts';
import { median, quantile, secondsOf, type BenchOptions, type BenchReport } from './measurements.ts';
import { publicApi } from './public-api.ts';

const TARGET = 1.5;
/** One small job on such a machine, from submission to result, in seconds. None but ours and Toil's serves HTTP. */
const PEERS = [
  ['pg-boss at its quickest', 0.27],
  ['cwltool', 0.8],
  ['Snakemake', 1.7],
  ['Nextflow', 2.3],
  ["Toil's WES server", 3.9],
] as const;

export function benchLatency({ quick, say }: BenchOptions): Promise<BenchReport> {
  return withBenchStack(async (bench) => {
    const { stack, vcf, tokens } = bench;
    const runs = quick ? 8 : 40;
    const api = publicApi(stack.api, tokens[0] ?? '');
    const inputFile = await api.upload('demo.vcf', vcf.bytes);
    const submitAndWatch = async (): Promise<string> => {
      const jobId = await api.annotate(inputFile, 'demo');
      const status = await api.ended(jobId);
      if (status !== 'COMPLETED') throw new Error(`the job ended ${status}`);
      return jobId;
    };
    for (let warmUp = 0; warmUp < 5; warmUp++) await submitAndWatch();
    const bare = await startBareWorkers(bench);
    try {
      const nothing = { engineStep: 'bare.engine.nothing', hasLocalSteps: true } as const;
      for (let warmUp = 0; warmUp < 5; warmUp++) await bare.run(1, 'completed', nothing);

      const samples = { ours_s: [], bare_workflow_s: [], engine_s: [], bare_pipeline_s: [] } as Record<
        Series,
        number[]
      >;
      for (let run = 0; run < runs; run++) {
        let jobId = '';
        samples.ours_s.push(await secondsOf(async () => (jobId = await submitAndWatch())));
        samples.engine_s.push(await engineSeconds(bench, jobId));
        samples.bare_workflow_s.push(await bare.run(1, 'completed', nothing));
        samples.bare_pipeline_s.push(await secondsOf(() => runBarePipeline(bare.pipeline)));
      }
      say(`${runs} jobs, one after another`);
      const p50 = (series: Series) => median(samples[series]);
      const [ours, workflow] = [p50('ours_s'), p50('bare_workflow_s')];
      return {
        figures: [
          {
            name: 'ours / (bare workflow + engine), p50',
            value: ours / (workflow + p50('engine_s')),
            unit: 'ratio',
            target: { atMost: TARGET },
          },
          {
            name: 'ours / (bare workflow + bare pipeline), p50',
            value: ours / (workflow + p50('bare_pipeline_s')),
            unit: 'ratio',
          },
          { name: 'ours, POST to COMPLETED, p50', value: ours, unit: 's', target: { atMost: PEERS[0][1] } },
          { name: 'ours, p95', value: quantile(samples.ours_s, 0.95), unit: 's' },
          { name: "engine's own time, p50", value: p50('engine_s'), unit: 's' },
          { name: 'bare workflow of the same shape, p50', value: workflow, unit: 's' },
          { name: 'bare pipeline, p50', value: p50('bare_pipeline_s'), unit: 's' },
        ],
        samples,
        notes: [
          `ours ${ours.toFixed(3)} s; peers, measured on such a machine: ${PEERS.map(([name, seconds]) => `${name} ${seconds} s`).join(', ')}`,
        ],
      };
    } finally {
      await bare.stop();
    }
  });
}

type Series = 'ours_s' | 'bare_workflow_s' | 'engine_s' | 'bare_pipeline_s';

const provenance = z.object({ started_at: z.iso.datetime(), finished_at: z.iso.datetime() });

/** As the job's provenance tells it: from the first look at the staged input to the last report. */
async function engineSeconds({ stack: { s3 } }: BenchStack, jobId: string): Promise<number> {
  const client = new S3Client({
    endpoint: s3.endpoint,
    region: s3.region,
    credentials: { accessKeyId: s3.access_key_id ?? '', secretAccessKey: s3.secret_access_key ?? '' },
    forcePathStyle: true,
  });
  try {
    const bucket = { Bucket: s3.results_bucket };
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ ...bucket, Prefix: `${jobId}/` }));
    const key = Contents.find(({ Key }) => Key?.endsWith('/provenance.json'))?.Key;
    const object = await client.send(new GetObjectCommand({ ...bucket, Key: key }));
    const { started_at, finished_at } = provenance.parse(JSON.parse((await object.Body?.transformToString()) ?? ''));
    return (Date.parse(finished_at) - Date.parse(started_at)) / 1000;
  } finally {
    client.destroy();
  }
}

if (import.meta.main) await runAlone('latency', benchLatency);
