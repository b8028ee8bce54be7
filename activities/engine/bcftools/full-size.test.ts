// Bombs and giants at full size, under the limits of production: they end quickly, in little memory, with their own error.
// Slow to make, so they run only in the long tests (VARLOOM_LONG=1).

import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEMO_PLAN, demoVariants, installSyntheticReference, writeVcf } from '../../../tests/support/vcf.ts';
import type { AnnotationRequest, EngineLimits, LocalReference } from '../engine.ts';
import { createBcftoolsEngine } from './index.ts';

const PRODUCTION_LIMITS: EngineLimits = {
  inflatedBytes: 2 * 1024 ** 4,
  lineBytes: 32 * 1024 ** 2,
  headerBytes: 64 * 1024 ** 2,
  recordsPerPosition: 10_000,
  memoryBytes: 2 * 1024 ** 3,
  wallSeconds: 600,
};

const MB = 1024 ** 2;

describe.skipIf(process.env['VARLOOM_LONG'] !== '1')('inputs of full size', () => {
  const engine = createBcftoolsEngine();
  let root: string;
  let reference: LocalReference;
  let header: string;
  let record: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'varloom-full-size-'));
    const { genome, ...rest } = await installSyntheticReference(join(root, 'reference'), DEMO_PLAN);
    reference = rest.reference;
    const lines = writeVcf(genome, demoVariants(genome, { seed: 2, count: 100 })).split('\n');
    header = lines.filter((line) => line.startsWith('#')).join('\n') + '\n';
    record = `${lines.find((line) => /^\w+\t\d+\t\.\t[ACGT]\t[ACGT]\t/.test(line))}\n`;
  });
  afterAll(async () => {
    await engine.close();
    await rm(root, { recursive: true, force: true });
  });

  /** Text that begins with `start`, goes on with `block` so often, and ends with `end`; as gzip when asked. */
  async function written(start: string, block: string, times: number, end: string, packed: boolean): Promise<string> {
    const path = join(await mkdtemp(join(root, 'input-')), 'input');
    const chunks = function* (): Generator<string> {
      yield start;
      for (let made = 0; made < times; made++) yield block;
      yield end;
    };
    const source = Readable.from(chunks());
    if (packed) await pipeline(source, createGzip({ level: 1 }), createWriteStream(path));
    else await pipeline(source, createWriteStream(path));
    return path;
  }

  /** Runs the engine and watches the memory of this process. */
  async function attempt(inputPath: string, setting: Partial<AnnotationRequest> = {}) {
    const directory = join(inputPath, '../output');
    await mkdir(directory);
    const before = process.memoryUsage.rss();
    let peak = before;
    const gauge = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 20);
    const startedAt = performance.now();
    const request: AnnotationRequest = {
      inputPath,
      inputSha256: '',
      inputSizeBytes: (await stat(inputPath)).size,
      inputFileName: 'input.vcf',
      directory,
      reference,
      mode: 'local',
      limits: PRODUCTION_LIMITS,
      signal: new AbortController().signal,
      onProgress: () => {},
      ...setting,
    };
    const [result] = await Promise.allSettled([engine.annotate(request)]);
    clearInterval(gauge);
    return {
      outcome: result.status === 'fulfilled' ? result.value : undefined,
      error: result.status === 'rejected' ? (result.reason as unknown) : undefined,
      files: await readdir(directory),
      seconds: (performance.now() - startedAt) / 1000,
      growthBytes: peak - before,
    };
  }

  test('18 million records at one position', { timeout: 300_000 }, async () => {
    const path = await written(header, record.repeat(10_000), 1_800, '', true);
    const result = await attempt(path);
    expect(result.error).toMatchObject({ type: 'input_too_dense', details: { record: 10_001 } });
    expect(result.files).toEqual([]);
    expect(result.seconds).toBeLessThan(20);
    expect(result.growthBytes).toBeLessThan(100 * MB);
  });

  test.each([
    ['50 MB', 50],
    ['1.5 GB', 1_500],
  ])('a line of %s', { timeout: 300_000 }, async (_, megabytes) => {
    const start = `${header}${record.trimEnd().replace(/\tDP=[^\t]*\t/, '\tDP=1;NOTE=')}`;
    const path = await written(start, 'x'.repeat(MB), megabytes, `\t${record.split('\t').slice(8).join('\t')}`, true);
    const result = await attempt(path);
    expect(result.growthBytes).toBeLessThan(100 * MB);
    expect(result.error).toMatchObject({ type: 'input_line_too_long', details: { line: header.split('\n').length } });
    expect(result.files).toEqual([]);
    expect(result.seconds).toBeLessThan(20);
  });

  test('a bomb of a gigabyte of header', { timeout: 300_000 }, async () => {
    const path = await written('##fileformat=VCFv4.2\n', `##note=${'0'.repeat(MB)}\n`, 1_000, header, true);
    const result = await attempt(path);
    expect(result.error).toMatchObject({ type: 'input_too_large' });
    expect(result.seconds).toBeLessThan(20);
  });

  test('unpacked data over the limit', { timeout: 300_000 }, async () => {
    const path = await written(header, record.repeat(10_000), 20, '', true);
    const limits = { ...PRODUCTION_LIMITS, inflatedBytes: 4 * MB, recordsPerPosition: 10 ** 9 };
    const result = await attempt(path, { limits });
    expect(result.error).toMatchObject({ type: 'input_too_large' });
    expect(result.files).toEqual([]);
  });

  test('a header of 20 MB is accepted, in little memory', { timeout: 300_000 }, async () => {
    const [first = '', ...rest] = header.split('\n');
    const contigs = Array.from({ length: 1_000 }, (_, index) => `##contig=<ID=decoy_@_${index},length=${index + 1}>\n`);
    const block = contigs.join('');
    const path = join(await mkdtemp(join(root, 'input-')), 'input');
    const blocks = function* (): Generator<string> {
      yield `${first}\n`;
      for (let made = 0; made < 500; made++) yield block.replaceAll('@', String(made));
      yield rest.join('\n') + record;
    };
    await pipeline(Readable.from(blocks()), createWriteStream(path));
    expect((await stat(path)).size).toBeGreaterThan(18 * MB);
    const result = await attempt(path);
    expect(result.error).toBeUndefined();
    expect(result.outcome?.records).toBe(1);
    expect(result.growthBytes).toBeLessThan(100 * MB);
  });
});
