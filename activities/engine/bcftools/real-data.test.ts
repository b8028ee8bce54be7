// The engine on real sequence: facts about genomes that others published must come out of it.

import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LocalReference } from '../engine.ts';
import { indexReference } from '../../../tests/support/vcf.ts';
import { infoOf, recordsOf, runEngine } from './engine-run.ts';
import { createBcftoolsEngine } from './index.ts';

const DATA = join(import.meta.dirname, '../../../../shared/data');
const isThere = existsSync(join(DATA, 'ensembl-regions')) && existsSync(join(DATA, 'sars-cov-2'));
if (!isThere) console.warn(`skipped: there is no reference data in ${DATA}`);

describe.skipIf(!isThere)('on real sequence', () => {
  const engine = createBcftoolsEngine();
  let root: string;
  const references: Record<string, LocalReference> = {};
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'varloom-real-data-'));
    for (const name of ['ensembl-regions', 'sars-cov-2']) {
      await cp(join(DATA, name), join(root, name), { recursive: true });
      // What is copied keeps the mode of its source, which may be read-only; known.tsv there is another format.
      await rm(join(root, name, 'known.tsv'), { force: true });
      references[name] = await indexReference(join(root, name), name, `test data: ${name}`);
    }
  });
  afterAll(async () => {
    await engine.close();
    await rm(root, { recursive: true, force: true });
  });

  async function annotated(
    name: string,
    mode: 'haplotype' | 'local' | 'auto',
  ): Promise<{ mode: string; records: string[][] }> {
    const reference = references[name];
    if (reference === undefined) throw new Error(`no reference ${name}`);
    const run = await runEngine(engine, root, reference, await readFile(join(DATA, name, 'variants.vcf')), { mode });
    if (run.outcome === undefined) throw run.error;
    return { mode: run.outcome.mode, records: recordsOf(await readFile(run.outcome.outputs.vcf.path)) };
  }

  test('every expected consequence of Ensembl regions in haplotype mode', async () => {
    const { records } = await annotated('ensembl-regions', 'haplotype');
    expect(records).toHaveLength(13);
    for (const record of records) expect(infoOf(record, 'BCSQ')).toBe(infoOf(record, 'EXP'));
  });

  test('one of them differs in local mode, which auto chooses for a list without samples', async () => {
    const { mode, records } = await annotated('ensembl-regions', 'auto');
    expect(mode).toBe('local');
    const different = records.filter((record) => infoOf(record, 'BCSQ') !== infoOf(record, 'EXP'));
    expect(different.map((record) => record.slice(0, 2))).toEqual([['1_47023070', '14714']]);
  });

  test('the published protein changes of SARS-CoV-2 lineages', async () => {
    const { mode, records } = await annotated('sars-cov-2', 'auto');
    // Haploid genotypes.
    expect(mode).toBe('haplotype');
    expect(records).toHaveLength(42);
    const published = (await readFile(join(DATA, 'sars-cov-2/known.tsv'), 'utf8')).trim().split('\n').slice(1);
    expect(published.length).toBeGreaterThan(10);
    for (const line of published) {
      const [position, ref, alt, gene, change = ''] = line.split('\t');
      const [, from, place, to] = /^(\D)(\d+)(\D)$/.exec(change) ?? [];
      const record = records.find((columns) => columns[1] === position && columns[3] === ref && columns[4] === alt);
      const entries = (record === undefined ? '' : (infoOf(record, 'BCSQ') ?? ''))
        .split(',')
        .map((entry) => entry.split('|'));
      const aminoAcids = entries.filter((entry) => entry[1] === gene).map((entry) => entry[5]);
      // The left-hand number is the published position; the right-hand one counts in this haplotype.
      const expected = from === to ? [`${place}${from}`] : [`${place}${from}>`, to];
      const isPublished = aminoAcids.some(
        (text) => text?.startsWith(expected[0] ?? '') && text.endsWith(expected[1] ?? ''),
      );
      expect(isPublished, `${gene} ${change}: ${aminoAcids.join(' ')}`).toBe(true);
    }
  });
});
