// What the engine promises of a run: modes, the same bytes every time, an index that finds records, bounds, no remains.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Genome } from '../../../infra/demo/model.ts';
import {
  DEMO_PLAN,
  demoVariants,
  installSyntheticReference,
  writeManyVariants,
  writeVcf,
} from '../../../tests/support/vcf.ts';
import type { LocalReference } from '../engine.ts';
import { infoOf, recordsOf, runEngine, type EngineRun } from './engine-run.ts';
import { createBcftoolsEngine } from './index.ts';

const run = promisify(execFile);

describe('a run of the engine', () => {
  // A look so short that the later part of every input can surprise it.
  const engine = createBcftoolsEngine({ lookBytes: 4_096 });
  let root: string;
  let genome: Genome;
  let reference: LocalReference;
  let demo: string;
  let large: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'varloom-engine-'));
    ({ genome, reference } = await installSyntheticReference(join(root, 'reference'), DEMO_PLAN));
    demo = writeVcf(genome, demoVariants(genome, { seed: 9, count: 2_000 }));
    await writeManyVariants(join(root, 'large.vcf'), genome, 150_000);
    large = await readFile(join(root, 'large.vcf'), 'utf8');
  });
  afterAll(async () => {
    await engine.close();
    await rm(root, { recursive: true, force: true });
  });

  async function annotated(input: string, setting: Parameters<typeof runEngine>[4] = {}) {
    const result: EngineRun = await runEngine(engine, root, reference, input, setting);
    if (result.outcome === undefined) throw result.error;
    const { outcome } = result;
    const vcf = await readFile(outcome.outputs.vcf.path);
    return { ...outcome, vcf, records: recordsOf(vcf), log: await readFile(outcome.outputs.log.path, 'utf8') };
  }

  describe('auto', () => {
    const lastGenotype = (text: string, genotype: string): string =>
      `${text.trimEnd().replace(/\t[^\t]*$/, '')}\t${genotype}\n`;

    test('means haplotype when every genotype is phased', async () => {
      const result = await annotated(demo);
      expect(result.mode).toBe('haplotype');
      expect(result.log).toContain('haplotype (asked for: auto)');
    });

    test('means haplotype when every genotype is haploid', async () => {
      const result = await annotated(demo.replaceAll(/\t\d\|(\d)$/gm, '\t$1'));
      expect(result.mode).toBe('haplotype');
    });

    test('means local when the very last genotype is not phased, as if local had been asked for', async () => {
      const input = lastGenotype(demo, '0/1');
      const [byAuto, byLocal] = await Promise.all([annotated(input), annotated(input, { mode: 'local' })]);
      expect(byAuto.mode).toBe('local');
      expect(byAuto.records).toEqual(byLocal.records);
      const inHaplotype = await annotated(input, { mode: 'haplotype' });
      expect(inHaplotype.mode).toBe('haplotype');
      expect(inHaplotype.records).not.toEqual(byLocal.records);
    });

    test('means local when the very last record has no genotype', async () => {
      const result = await annotated(demo.trimEnd().replace(/\tGT\t[^\t]*$/, '\tDP\t7\n'));
      expect(result.mode).toBe('local');
    });
  });

  test('a name that only the last record uses is declared, and its value kept', async () => {
    const input = demo.trimEnd().replace(/\tDP=(\d+)(\tGT\t[^\t]*)$/, '\tDP=$1;LATE=x,y;MARK$2\n');
    const result = await annotated(input);
    const last = result.records.at(-1) ?? [];
    expect(infoOf(last, 'LATE')).toBe('x,y');
    expect(last[7]?.split(';')).toContain('MARK');
    expect(result.warnings).toContainEqual(expect.stringMatching(/INFO names.*LATE, MARK/));
    expect(result.records).toHaveLength(2_000);
  });

  test('the result is what the bare pipeline makes, and the same bytes every time', async () => {
    const { directory, plain } = { directory: root, plain: join(root, 'bare.vcf') };
    await writeFile(plain, demo);
    const csq = ['csq', '-p', 'a', '-v', '0', '-f', reference.fastaPath, '-g', reference.gffPath, plain];
    const { stdout } = await run('bcftools', csq, { cwd: directory, maxBuffer: 2 ** 27 });
    const bare = stdout.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    const [once, again] = [await annotated(demo), await annotated(demo)];
    const withoutKnown = once.records.map((record) => record.join('\t').replace(/;KNOWN_VARIANT=[^\t;]+/, ''));
    expect(withoutKnown).toEqual(bare);
    expect(again.outputs.vcf.sha256).toBe(once.outputs.vcf.sha256);
    expect(again.outputs.index.sha256).toBe(once.outputs.index.sha256);
  });

  test('known variants carry their id, others none, and the summary counts them', async () => {
    const result = await annotated(demo);
    const rows = (await readFile(join(root, 'reference/known.tsv'), 'utf8')).trim().split('\n');
    const known = new Map(rows.map((row) => [row.split('\t').slice(0, 4).join(' '), row.split('\t')[4]]));
    const single = result.records.filter((record) => /^[ACGT]+$/.test(record[4] ?? ''));
    expect(single.length).toBeGreaterThan(1_500);
    for (const record of single) {
      const id = known.get([record[0], record[1], record[3], record[4]].join(' '));
      expect(infoOf(record, 'KNOWN_VARIANT')).toBe(id);
    }
    const counted = result.records.filter((record) => infoOf(record, 'KNOWN_VARIANT') !== undefined).length;
    expect(result.summary).toMatchObject({ records: 2_000, known: counted, novel: 2_000 - counted });
  });

  test('the summary agrees with the records', async () => {
    const { summary, records } = await annotated(demo);
    const alleles = records.map((record) => [record[3] ?? '', ...(record[4]?.split(',') ?? [])]);
    const isSnv = (all: string[]): boolean => all.every((allele) => /^[ACGT]$/.test(allele));
    const pairs = alleles.filter(isSnv).flatMap(([ref, ...alts]) => alts.map((alt) => `${ref}${alt}`));
    const transitions = pairs.filter((pair) => ['AG', 'GA', 'CT', 'TC'].includes(pair)).length;
    expect(summary.types.snv).toBe(alleles.filter(isSnv).length);
    expect(summary.types.other).toBe(alleles.filter((all) => all.some((allele) => allele.startsWith('<'))).length);
    expect(summary.types.snv + summary.types.indel + summary.types.other).toBe(2_000);
    expect(summary.transitions).toBe(transitions);
    expect(summary.ti_tv).toBeCloseTo(transitions / (pairs.length - transitions), 10);
    const chrS1 = records.filter((record) => record[0] === 'chrS1').length;
    expect(summary.contigs).toEqual({ chrS1, chrS2: 2_000 - chrS1 });
    expect(summary.consequences['none']).toBe(records.filter((record) => infoOf(record, 'BCSQ') === undefined).length);
    expect(summary.consequences['other']).toBeUndefined();
    const total = Object.values(summary.consequences).reduce((sum, count) => sum + count, 0);
    expect(total).toBe(2_000);
    expect(Object.keys(summary.consequences)).toEqual(
      expect.arrayContaining(['missense', 'synonymous', 'stop_gained', 'frameshift', 'intron']),
    );
  });

  test('the index finds the records of a region', async () => {
    const { vcf, records, outputs } = await annotated(large, { mode: 'local' });
    expect(vcf.length).toBeGreaterThan(10 * 65_536);
    const regions: [contig: string, from: number, to: number][] = [
      ['chrS1', 1, 2_000],
      ['chrS1', 16_300, 16_400],
      ['chrS1', 50_000, 52_000],
      ['chrS1', 119_000, 120_000],
      ['chrS2', 1, 80_000],
      ['chrS2', 79_000, 80_000],
    ];
    for (const [contig, from, to] of regions) {
      const { stdout } = await run('tabix', [outputs.vcf.path, `${contig}:${from}-${to}`], { maxBuffer: 2 ** 27 });
      const expected = records.filter(([name, position, , ref]) => {
        const end = Number(position) + (ref?.length ?? 0) - 1;
        return name === contig && end >= from && Number(position) <= to;
      });
      expect(expected.length).toBeGreaterThan(0);
      expect(stdout).toBe(expected.map((record) => `${record.join('\t')}\n`).join(''));
    }
  });

  test('log and provenance name versions, checksums and commands, and no path of this machine', async () => {
    const result = await annotated(demo, { inputFileName: `../../x'"\n<b>${'🧬'.repeat(1_000)}` });
    const provenance = await readFile(result.outputs.provenance.path, 'utf8');
    for (const text of [result.log, provenance]) {
      expect(text).toContain(reference.checksums.fasta);
      expect(text).toContain(result.outputs.vcf.sha256);
      expect(text).toMatch(/bcftools \d+\.\d+/);
      expect(text).toContain('bcftools csq --no-version --phase a');
      expect(text).not.toContain(root);
    }
    expect(result.log).toContain(`../../x'"`);
    expect(result.log.split('\n').every((line) => line.length < 1_500)).toBe(true);
    expect(JSON.parse(provenance)).toMatchObject({
      records: 2_000,
      consequence_mode: { asked: 'auto', used: 'haplotype' },
      outputs: { 'annotated.vcf.gz': { sha256: result.outputs.vcf.sha256 } },
    });
  });

  test('reports progress to the end', async () => {
    const seen: number[] = [];
    const phases = new Set<string>();
    await annotated(large, {
      onProgress: ({ phase, percent }) => {
        phases.add(phase);
        seen.push(percent);
      },
    });
    expect([...phases]).toEqual(expect.arrayContaining(['validating']));
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  });

  test('many runs side by side do not disturb one another', async () => {
    const results = await Promise.all(Array.from({ length: 8 }, () => annotated(demo)));
    expect(new Set(results.map(({ outputs }) => outputs.vcf.sha256)).size).toBe(1);
  });
});
