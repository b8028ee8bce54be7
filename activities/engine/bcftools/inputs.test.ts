// Every kind of bad input ends in its own clear error and leaves nothing; every odd but good one is annotated whole.

import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { VarloomError } from '../../../domain/errors.ts';
import {
  DEMO_PLAN,
  demoVariants,
  installSyntheticReference,
  makeGenome,
  writeVcf,
} from '../../../tests/support/vcf.ts';
import type { LocalReference } from '../engine.ts';
import { recordsOf, runEngine } from './engine-run.ts';
import { createBcftoolsEngine } from './index.ts';
import { acceptedCases } from './accepted-cases.ts';
import { refusedCases, type GoodInput } from './refused-cases.ts';

const genome = makeGenome(DEMO_PLAN);
const lines = writeVcf(genome, demoVariants(genome, { seed: 5, count: 300 }))
  .trimEnd()
  .split('\n');
const isPlain = (line: string): boolean => /^\w+\t\d+\t\.\t[ACGT]\t[ACGT]\t/.test(line);
const records = lines.filter((line) => !line.startsWith('#'));
const good: GoodInput = {
  header: [
    ...lines.filter((line) => line.startsWith('##')),
    '##INFO=<ID=AF,Number=A,Type=Float,Description="Allele frequency">',
    '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Read depth">',
    ...lines.filter((line) => line.startsWith('#CHROM')),
  ],
  // The first record is a substitution: the cases are made from it.
  records: records.slice(records.findIndex(isPlain)),
  other: (base) => (base === 'A' ? 'C' : 'A'),
  contigs: genome.contigs.map(({ name, bases }) => ({ name, length: bases.length })),
  lastBase: String.fromCharCode(genome.contigs[0]?.bases.at(-1) ?? 0),
};

/** Processes that still work in a directory below `root`, as those of the engine do. */
async function survivors(root: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const places = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => '')));
  return places.filter((place) => place.startsWith(root));
}

describe('inputs', () => {
  const engine = createBcftoolsEngine();
  let root: string;
  let reference: LocalReference;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'varloom-inputs-'));
    ({ reference } = await installSyntheticReference(join(root, 'reference'), DEMO_PLAN));
  });
  afterAll(async () => {
    await engine.close();
    await rm(root, { recursive: true, force: true });
  });

  test.each(refusedCases(good))('refused: $name', async ({ input, type, says, line, limits }) => {
    const run = await runEngine(engine, root, reference, input, limits === undefined ? {} : { limits });
    expect(run.error).toBeInstanceOf(VarloomError);
    const place = line === undefined ? {} : { details: { line } };
    expect(run.error).toMatchObject({ type, message: expect.stringMatching(says), ...place });
    expect(run.files).toEqual([]);
    expect(await survivors(root)).toEqual([]);
  });

  test.each(acceptedCases(good))('accepted: $name', async ({ input, records: count, warning }) => {
    const run = await runEngine(engine, root, reference, input);
    if (run.outcome === undefined) throw run.error;
    expect(run.outcome.records).toBe(count);
    expect(recordsOf(await readFile(run.outcome.outputs.vcf.path))).toHaveLength(count);
    const warnings = run.outcome.warnings.join('\n');
    expect(warnings).toMatch(warning ?? /^/);
    expect(run.files).toEqual([
      'annotated.vcf.gz',
      'annotated.vcf.gz.tbi',
      'annotation.log',
      'provenance.json',
      'summary.json',
    ]);
    expect(await survivors(root)).toEqual([]);
  });
});
