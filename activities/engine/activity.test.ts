// The engine's activity, with the real engine and a store of files: what it publishes, refuses, reports and cleans up.

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { ActivityCancellationDetails, ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { jobId } from '../../domain/ids.ts';
import type { JobProgress } from '../../domain/jobs.ts';
import type { Genome } from '../../infra/demo/model.ts';
import {
  DEMO_PLAN,
  demoVariants,
  installSyntheticReference,
  writeManyVariants,
  writeVcf,
} from '../../tests/support/vcf.ts';
import {
  createEngineActivities,
  type AnnotateInput,
  type AnnotateOutput,
  type EngineDependencies,
} from './activity.ts';
import { createBcftoolsEngine } from './bcftools/index.ts';
import { createFileStore, ETAG, sha256 } from './file-store.ts';
import { recordsOf, TEST_LIMITS } from './bcftools/engine-run.ts';
import type { AnnotationEngine, LocalReference } from './engine.ts';

const JOB = jobId('6b1f0f6e-3c55-4a8e-9d3f-0f1f6f1f0a01');
/** Failures are what these tests provoke: not worth a warning. */
function newEnvironment(attempt = 1): MockActivityEnvironment {
  return new MockActivityEnvironment({ attempt }, { logger: new DefaultLogger('ERROR') });
}

describe('engine.input.annotate', () => {
  const engine = createBcftoolsEngine();
  let root: string;
  let genome: Genome;
  let reference: LocalReference;
  let demo: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'varloom-activity-'));
    ({ genome, reference } = await installSyntheticReference(join(root, 'reference'), DEMO_PLAN));
    demo = writeVcf(genome, demoVariants(genome, { seed: 3, count: 1_000 }));
  });
  afterAll(async () => {
    await engine.close();
    await rm(root, { recursive: true, force: true });
  });

  let place: string;
  let files: ReturnType<typeof createFileStore>;
  let progress: JobProgress[];
  let dependencies: EngineDependencies;
  beforeEach(async () => {
    place = await mkdtemp(join(root, 'case-'));
    files = createFileStore(place);
    progress = [];
    dependencies = {
      engine,
      store: files.store,
      references: { local: () => Promise.resolve(reference) },
      progress: {
        report: (_, state) => {
          progress.push(state);
          return Promise.resolve();
        },
      },
      jobs: { inputFileName: () => Promise.resolve('../my "data" 🧬.vcf') },
      workDirectory: join(place, 'work'),
      limits: TEST_LIMITS,
      logger: { info: () => {}, warn: () => {} },
    };
  });

  async function submitted(content: string, changes: Partial<AnnotateInput> = {}): Promise<AnnotateInput> {
    await mkdir(join(place, 'inputs'), { recursive: true });
    await writeFile(join(place, 'inputs/upload-1'), content);
    return {
      jobId: JOB,
      inputFile: 'upload-1',
      etag: ETAG,
      inputSizeBytes: Buffer.byteLength(content),
      sizeLimitBytes: 10 ** 8,
      genome: 'synthetic',
      consequenceMode: 'auto',
      ...changes,
    };
  }

  /** Never throws: a test looks at `output` or `error`. */
  async function perform(input: AnnotateInput, environment = newEnvironment(3)) {
    const activity = createEngineActivities(dependencies)['engine.input.annotate'];
    try {
      const output = await environment.run<[AnnotateInput], AnnotateOutput, typeof activity>(activity, input);
      return { output, error: undefined };
    } catch (error) {
      return { output: undefined, error };
    }
  }

  const leftIn = async (path: string): Promise<string[]> =>
    (await readdir(join(place, path), { recursive: true }).catch(() => [])).toSorted((a, b) => a.localeCompare(b));
  const published = async (): Promise<string[]> => (await leftIn('results')).filter((name) => /\.\w+$/.test(name));

  test('publishes the five outputs under job and attempt, with their checksums', async () => {
    const { output, error } = await perform(await submitted(demo));
    expect(error).toBeUndefined();
    const prefix = output?.prefix ?? '';
    expect(prefix).toMatch(new RegExp(`^${JOB}/[\\w-]{1,12}-3$`));
    expect(output).toMatchObject({
      mode: 'haplotype',
      records: 1_000,
      prefix,
      engine: { name: 'bcftools' },
    });
    const objects = [output?.vcf, output?.index, output?.log, output?.summary, output?.provenance];
    expect(objects.map((object) => object?.key)).toEqual(
      ['annotated.vcf.gz', 'annotated.vcf.gz.tbi', 'annotation.log', 'summary.json', 'provenance.json'].map(
        (name) => `${prefix}/${name}`,
      ),
    );
    for (const object of objects) {
      const bytes = await readFile(files.pathOf({ bucket: 'results', key: object?.key ?? '' }));
      expect(object).toMatchObject({ sizeBytes: bytes.length, sha256: sha256(bytes) });
    }
    const vcf = await readFile(files.pathOf({ bucket: 'results', key: `${prefix}/annotated.vcf.gz` }));
    expect(recordsOf(vcf)).toHaveLength(1_000);
    const log = await readFile(files.pathOf({ bucket: 'results', key: `${prefix}/annotation.log` }), 'utf8');
    expect(log).toContain('../my "data" 🧬.vcf');
    expect(log).toContain(sha256(Buffer.from(demo)));
    expect(await leftIn('work/staging')).toEqual([]);
  });

  test('what it answers with holds no name of the file and no path', async () => {
    const { output } = await perform(await submitted(demo));
    expect(JSON.stringify(output)).not.toMatch(/my |"\/|staging/);
  });

  test.each([
    ['deleted', () => rm(join(place, 'inputs/upload-1')), /deleted/],
    ['replaced', () => Promise.resolve(void files.etags.set('upload-1', 'second')), /replaced/],
    ['of another size', () => writeFile(join(place, 'inputs/upload-1'), `${demo}\n`), /another size/],
  ])('refuses an input that was %s after submission', async (_, change, says) => {
    const input = await submitted(demo);
    await change();
    const { error } = await perform(input);
    expect(error).toMatchObject({ type: 'input_changed', nonRetryable: true, message: expect.stringMatching(says) });
    expect(await leftIn('work/staging')).toEqual([]);
    expect(await published()).toEqual([]);
  });

  test('refuses an input over the limit of the plan', async () => {
    const { error } = await perform(await submitted(demo, { sizeLimitBytes: 100 }));
    expect(error).toBeInstanceOf(ApplicationFailure);
    expect(error).toMatchObject({ type: 'upgrade_required', nonRetryable: true, details: [{ limit_bytes: 100 }] });
  });

  test('an error of the input ends the job, with type, line and what the user needs', async () => {
    const { error } = await perform(await submitted(demo.replace('\tPASS\t', '\tPASS ')));
    expect(error).toMatchObject({ type: 'input_malformed_record', nonRetryable: true, details: [{ line: 11 }] });
    expect(await leftIn('work/staging')).toEqual([]);
    expect(await published()).toEqual([]);
  });

  test('when one upload fails, those that were made are removed again', async () => {
    const upload = files.store.upload;
    files.store.upload = (ref, ...rest) =>
      ref.key.endsWith('summary.json') ? Promise.reject(new Error('the store is down')) : upload(ref, ...rest);
    const { error } = await perform(await submitted(demo));
    expect(error).toMatchObject({ message: 'the store is down' });
    expect(error).not.toMatchObject({ nonRetryable: true });
    expect(await published()).toEqual([]);
    expect(await leftIn('work/staging')).toEqual([]);
  });

  test('cancelled while it publishes, it removes what was published', async () => {
    const environment = newEnvironment();
    const upload = files.store.upload;
    files.store.upload = async (ref, ...rest) => {
      await upload(ref, ...rest);
      environment.cancel();
    };
    const { error } = await perform(await submitted(demo), environment);
    expect(error).toBeInstanceOf(CancelledFailure);
    expect(await published()).toEqual([]);
    expect(await leftIn('work/staging')).toEqual([]);
  });

  describe('in the middle of a large input', () => {
    let large: string;
    beforeAll(async () => {
      await writeManyVariants(join(root, 'large.vcf'), genome, 150_000);
      large = await readFile(join(root, 'large.vcf'), 'utf8');
    });

    /** Calls `act` when the engine says that it annotates. */
    function whenAnnotating(act: () => void): AnnotationEngine {
      return {
        name: engine.name,
        annotate: (request) =>
          engine.annotate({
            ...request,
            onProgress: (state) => {
              request.onProgress(state);
              if (state.phase === 'annotating') act();
            },
          }),
      };
    }

    test('a cancellation ends it as cancelled', async () => {
      const environment = newEnvironment();
      dependencies.engine = whenAnnotating(() => environment.cancel());
      const { error } = await perform(await submitted(large), environment);
      expect(error).toBeInstanceOf(CancelledFailure);
      expect(await leftIn('work/staging')).toEqual([]);
      expect(await published()).toEqual([]);
    });

    test('the end of the worker makes it fail so that it starts again elsewhere', async () => {
      const environment = newEnvironment();
      const details = new ActivityCancellationDetails({ workerShutdown: true });
      dependencies.engine = whenAnnotating(() => environment.cancel('WORKER_SHUTDOWN', details));
      const { error } = await perform(await submitted(large), environment);
      expect(error).toBeInstanceOf(ApplicationFailure);
      expect(error).toMatchObject({ type: 'worker_shutdown', nonRetryable: false });
      expect(await leftIn('work/staging')).toEqual([]);
    });

    test('it reports how far it is, and a report that fails harms nothing', async () => {
      dependencies.progress.report = (_, state) => {
        progress.push(state);
        return Promise.reject(new Error('the database is away'));
      };
      const gate = Promise.withResolvers<void>();
      // The store answers only after progress was reported once, however quick the engine is.
      const download = files.store.download;
      files.store.download = async (...rest) => {
        await gate.promise;
        return download(...rest);
      };
      const report = dependencies.progress.report;
      dependencies.progress.report = (job, state) => {
        gate.resolve();
        return report(job, state);
      };
      const beats: unknown[] = [];
      const environment = newEnvironment();
      environment.on('heartbeat', (beat: unknown) => beats.push(beat));
      const { output } = await perform(await submitted(large), environment);
      expect(output?.records).toBe(150_000);
      expect(progress[0]).toEqual({ phase: 'staging', records: 0, percent: 0 });
      expect(beats.length).toBeGreaterThan(0);
    });
  });

  describe('engine.staging.sweep', () => {
    const someone = '0d9a4a0e-56a5-4f4b-8f0c-9a4d0c1b2a3f';

    test('removes what dead processes of this host left, and nothing of the living', async () => {
      const staging = join(dependencies.workDirectory, 'staging');
      // No process has a pid so high.
      const dead = `${hostname()}-99999999-${someone}`;
      const living = `${hostname()}-${process.ppid}-${someone}`;
      const elsewhere = `another-host-7-${someone}`;
      for (const name of [dead, living, elsewhere]) await mkdir(join(staging, name, 'output'), { recursive: true });
      const environment = newEnvironment();
      const removed = await environment.run(createEngineActivities(dependencies)['engine.staging.sweep']);
      expect(removed).toEqual({ removed: 1 });
      expect((await readdir(staging)).toSorted()).toEqual([living, elsewhere].toSorted());
    });

    test('a running annotation keeps its directory', async () => {
      let removed: unknown;
      dependencies.references.local = async () => {
        removed = await createEngineActivities(dependencies)['engine.staging.sweep']();
        return reference;
      };
      const { output } = await perform(await submitted(demo));
      expect(removed).toEqual({ removed: 0 });
      expect(output?.records).toBe(1_000);
    });

    test('there is nothing to sweep before the first run', async () => {
      expect(await createEngineActivities(dependencies)['engine.staging.sweep']()).toEqual({ removed: 0 });
    });
  });
});
