// How long the engine takes beside the bare bcftools pipeline on the same file, where the rest goes, and how much memory
// the process gains. Runs are interleaved and the minimum counts: `node tests/bench/engine.ts [VARIANTS] [RUNS]`.

import { createHash, randomUUID } from 'node:crypto';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, openSync, closeSync, readSync, writeSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MockActivityEnvironment } from '@temporalio/testing';
import {
  createEngineActivities,
  type AnnotateInput,
  type AnnotateOutput,
  type EngineStore,
} from '../../activities/engine/activity.ts';
import { collectOutput } from '../../activities/engine/bcftools/collect.ts';
import { readFinished } from '../../activities/engine/bcftools/finish.ts';
import { createBcftoolsEngine } from '../../activities/engine/bcftools/index.ts';
import { startPipeline, type Stage } from '../../activities/engine/bcftools/processes.ts';
import { scanInput } from '../../activities/engine/bcftools/scan.ts';
import { createShellPool, type Shell } from '../../activities/engine/bcftools/shells.ts';
import type { AnnotationEngine, EngineLimits, LocalReference } from '../../activities/engine/engine.ts';
import { jobId } from '../../domain/ids.ts';
import { indexReference, writeBenchFiles } from '../support/vcf.ts';

export interface EngineBench {
  variants: number;
  runs: number;
  cores: number;
  input_mb: number;
  /** Minimum seconds of all runs. */
  seconds: { bare: number; annotating_stage: number; engine: number; activity: number };
  /** Over the bare pipeline. */
  ratios: { annotating_stage: number; activity: number };
  /**
   * Seconds of what the activity does beside the pipeline, each part measured by itself on an idle core. Most of it runs
   * beside the pipeline where there are cores to spare. Transfer is that of a store of local files.
   */
  rest: {
    checking_input: number;
    counting_and_indexing: number;
    checksum_and_blocks: number;
    start_look_and_reports: number;
    transfer: number;
  };
  variants_per_second: number;
  /** The largest resident size while the activity ran, over that before the first run. */
  rss_growth_mb: number;
}

const run = promisify(execFile);

const LIMITS: EngineLimits = {
  inflatedBytes: 2 ** 40,
  lineBytes: 2 ** 24,
  headerBytes: 2 ** 26,
  recordsPerPosition: 10_000,
  memoryBytes: 2 ** 30,
  wallSeconds: 3_600,
};

const COLUMNS = 'CHROM,POS,REF,ALT,KNOWN_VARIANT';

export async function benchEngine({ variants, runs }: { variants: number; runs: number }): Promise<EngineBench> {
  const root = await mkdtemp(join(tmpdir(), 'varloom-bench-'));
  const engine = createBcftoolsEngine();
  const shells = createShellPool(1);
  try {
    const inputPath = join(root, 'input.vcf');
    // In a process of its own: the memory that the generator takes is no part of the worker's.
    await run(process.execPath, [import.meta.filename, '--prepare', root, String(variants)]);
    const reference = await indexReference(
      join(root, 'reference'),
      'synthetic',
      'Synthetic genome, not a real organism',
    );
    const header = join(root, 'known.hdr');
    await writeFile(header, '##INFO=<ID=KNOWN_VARIANT,Number=.,Type=String,Description="Known">\n');
    const input = { root, inputPath, reference, header };

    const least = { bare: Infinity, stage: Infinity, engine: Infinity, activity: Infinity, transfer: Infinity };
    let rssGrowthBytes = 0;
    await bare(input);
    for (let round = 0; round < runs; round++) {
      least.bare = Math.min(least.bare, await timed(() => bare(input)));
      least.stage = Math.min(
        least.stage,
        await timed(() => shells.withShell((shell) => annotatingStage(shell, input))),
      );
      const whole = await wholeActivity(engine, input);
      least.engine = Math.min(least.engine, whole.engineSeconds);
      least.transfer = Math.min(least.transfer, whole.transferSeconds);
      // Upload to and download from the store count apart.
      least.activity = Math.min(least.activity, whole.seconds - whole.transferSeconds);
      rssGrowthBytes = Math.max(rssGrowthBytes, whole.rssGrowthBytes);
    }
    const finishing = await timed(async () => void readFinished(join(root, 'bare.vcf.gz')));
    const { size } = await stat(inputPath);
    return {
      variants,
      runs,
      cores: availableParallelism(),
      input_mb: size / 1e6,
      seconds: { bare: least.bare, annotating_stage: least.stage, engine: least.engine, activity: least.activity },
      ratios: { annotating_stage: least.stage / least.bare, activity: least.activity / least.bare },
      rest: {
        checking_input: await timed(() => checkingOnly(input)),
        counting_and_indexing: await countingSeconds(input),
        checksum_and_blocks: finishing,
        start_look_and_reports: await smallRunSeconds(engine, input),
        transfer: least.transfer,
      },
      variants_per_second: variants / least.activity,
      rss_growth_mb: rssGrowthBytes / 1e6,
    };
  } finally {
    await Promise.all([engine.close(), shells.close()]);
    await rm(root, { recursive: true, force: true });
  }
}

interface BenchInput {
  root: string;
  inputPath: string;
  reference: LocalReference;
  header: string;
}

async function timed(act: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await act();
  return (performance.now() - startedAt) / 1000;
}

function pipelineStages({ reference, header }: BenchInput, inputPath: string): [csq: Stage, annotate: Stage] {
  const { fastaPath, gffPath, knownPath = '' } = reference;
  const csq = ['csq', '-l', '-p', 'a', '-v', '0', '-f', fastaPath, '-g', gffPath, '-Ou', inputPath];
  const annotate = ['annotate', '-a', knownPath, '-h', header, '-c', COLUMNS, '-Oz1'];
  return [
    { name: 'csq', command: 'bcftools', arguments: csq },
    { name: 'annotate', command: 'bcftools', arguments: annotate },
  ];
}

/** The pipeline as one would type it. */
async function bare(input: BenchInput): Promise<void> {
  const [csq, annotate] = pipelineStages(input, input.inputPath);
  const words = [
    csq.command,
    ...csq.arguments,
    '|',
    annotate.command,
    ...annotate.arguments,
    '-o',
    join(input.root, 'bare.vcf.gz'),
  ];
  const script = words.map((word) => (word === '|' ? word : `'${word}'`)).join(' ');
  const child = spawn('sh', ['-c', script], { stdio: 'ignore' });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the bare pipeline failed: ${code}`);
}

/** The same two stages, joined and fed as the engine does it, with nothing checked or counted. */
async function annotatingStage(shell: Shell, input: BenchInput): Promise<void> {
  const [csq, annotate] = pipelineStages(input, '-');
  const pipeline = await startPipeline(shell, input.root, [{ stages: [csq, annotate], outputName: 'stage.vcf.gz' }]);
  const toFd = pipeline.ends[0]?.inputFd;
  if (toFd === undefined) throw new Error('a pipe is missing');
  const inputFd = openSync(input.inputPath, 'r');
  const buffer = Buffer.alloc(512 * 1024);
  for (let count = readSync(inputFd, buffer); count > 0; count = readSync(inputFd, buffer)) {
    for (let at = 0; at < count;) at += writeSync(toFd, buffer, at, count - at);
  }
  closeSync(inputFd);
  closeSync(toFd);
  const exits = await pipeline.exits();
  if (exits.some(({ code }) => code !== 0)) throw new Error('the annotating stage failed');
}

async function wholeActivity(engine: AnnotationEngine, input: BenchInput) {
  let transferSeconds = 0;
  let engineSeconds = 0;
  const store: EngineStore = {
    download: async (_, path) => {
      const startedAt = performance.now();
      await copyFile(input.inputPath, path);
      const hash = createHash('sha256');
      for await (const chunk of createReadStream(path)) hash.update(chunk);
      transferSeconds += (performance.now() - startedAt) / 1000;
      return { sizeBytes: (await stat(path)).size, sha256: hash.digest('hex') };
    },
    upload: async (_, path) => {
      const startedAt = performance.now();
      await copyFile(path, join(input.root, `published-${randomUUID()}`));
      transferSeconds += (performance.now() - startedAt) / 1000;
    },
    remove: () => Promise.resolve(),
  };
  const activities = createEngineActivities({
    engine: {
      name: engine.name,
      annotate: async (request) => {
        const startedAt = performance.now();
        const outcome = await engine.annotate(request);
        engineSeconds = (performance.now() - startedAt) / 1000;
        return outcome;
      },
    },
    store,
    references: { local: () => Promise.resolve(input.reference) },
    progress: { report: () => Promise.resolve() },
    jobs: { inputFileName: () => Promise.resolve('bench.vcf') },
    workDirectory: join(input.root, 'work'),
    limits: LIMITS,
    logger: { info: () => {}, warn: () => {} },
  });
  const task: AnnotateInput = {
    jobId: jobId(randomUUID()),
    inputFile: 'input',
    etag: '1',
    inputSizeBytes: (await stat(input.inputPath)).size,
    sizeLimitBytes: Number.MAX_SAFE_INTEGER,
    genome: 'synthetic',
    consequenceMode: 'local',
  };
  const before = process.memoryUsage.rss();
  let peak = before;
  const gauge = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 50);
  const environment = new MockActivityEnvironment();
  const activity = activities['engine.input.annotate'];
  const seconds = await timed(async () => {
    await environment.run<[AnnotateInput], AnnotateOutput, typeof activity>(activity, task);
  });
  clearInterval(gauge);
  return { seconds, engineSeconds, transferSeconds, rssGrowthBytes: peak - before };
}

async function checkingOnly({ inputPath, reference }: BenchInput): Promise<void> {
  const { fastaPath, contigs } = reference;
  const expected = { info: [], format: [], filter: [] };
  const plan = { limits: LIMITS, lookBytes: undefined, expected, headerLines: [], expectsPhased: false };
  const hooks = { write: undefined, endWriting: () => {}, tick: () => {} };
  await scanInput({ inputPath, fastaPath, contigs, ...plan }, hooks);
}

async function countingSeconds({ root }: BenchInput): Promise<number> {
  const textPath = join(root, 'bare.vcf');
  await run('sh', ['-c', 'bgzip -dc bare.vcf.gz > bare.vcf'], { cwd: root });
  const fd = openSync(textPath, 'r');
  const read = (into: Uint8Array, at: number): number => readSync(fd, into, at, into.length - at, null);
  const seconds = await timed(async () => void collectOutput({ read, write: () => {}, endWriting: () => {} }, true));
  closeSync(fd);
  return seconds;
}

/** What a run costs that has nothing to annotate: the engine on the first lines, look, processes and reports included. */
async function smallRunSeconds(engine: AnnotationEngine, input: BenchInput): Promise<number> {
  const smallPath = join(input.root, 'small.vcf');
  const buffer = Buffer.alloc(4 * 1024 * 1024);
  const fd = openSync(input.inputPath, 'r');
  const text = buffer.subarray(0, readSync(fd, buffer));
  closeSync(fd);
  await writeFile(smallPath, text.subarray(0, text.lastIndexOf(10, 100_000) + 1));
  const directory = join(input.root, 'small');
  await mkdir(directory);
  return timed(async () => {
    await engine.annotate({
      inputPath: smallPath,
      inputSha256: '',
      inputSizeBytes: 100_000,
      inputFileName: 'small.vcf',
      directory,
      reference: input.reference,
      mode: 'local',
      limits: LIMITS,
      signal: new AbortController().signal,
      onProgress: () => {},
    });
  });
}

if (import.meta.main) {
  const [first = '5000000', second = '5', third] = process.argv.slice(2);
  if (first === '--prepare') await writeBenchFiles(second, Number(third));
  else {
    const result = await benchEngine({ variants: Number(first), runs: Number(second) });
    const rounded = (_: string, value: unknown): unknown =>
      typeof value === 'number' ? Number(value.toFixed(3)) : value;
    console.log(JSON.stringify(result, rounded, 2));
  }
}
