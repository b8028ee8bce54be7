// Large synthetic inputs for benchmarks and long tests: a genome of many megabases and sorted variants on it, streamed.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { LocalReference } from '../../activities/engine/engine.ts';
import { fastaOf, gff3Of } from '../../infra/demo/files.ts';
import { DEMO_PLAN, makeGenome, type Genome, type GenomePlan } from '../../infra/demo/model.ts';
import { randomSource } from '../../infra/demo/sequence.ts';
import { demoVariants, knownVariants, writeVcf } from '../../infra/demo/variants.ts';
import { toBgzf } from '../../activities/engine/bcftools/bgzf.ts';

const run = promisify(execFile);

/** 48 Mb in two contigs: five million variants are then about one in ten bases. */
export const BENCH_PLAN: GenomePlan = {
  seed: 7,
  contigs: [
    { name: 'chrS1', length: 28_000_000 },
    { name: 'chrS2', length: 20_000_000 },
  ],
  basesPerGene: 12_000,
};

export { DEMO_PLAN, makeGenome, demoVariants, writeVcf };

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}

/** Indexes FASTA, GFF3 and known variants that lie in `directory` as genome.fa, genes.gff3 and (if any) known.tsv. */
export async function indexReference(directory: string, name: string, description: string): Promise<LocalReference> {
  const fastaPath = join(directory, 'genome.fa');
  const gffPath = join(directory, 'genes.gff3');
  await run('samtools', ['faidx', fastaPath]);
  const known = await readFile(join(directory, 'known.tsv')).catch(() => undefined);
  let knownPath: string | undefined;
  if (known !== undefined) {
    knownPath = join(directory, 'known.tsv.gz');
    await writeFile(knownPath, toBgzf(known));
    await run('tabix', ['-f', '-s', '1', '-b', '2', '-e', '2', knownPath]);
  }
  const index = await readFile(`${fastaPath}.fai`, 'utf8');
  const contigs = index
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'))
    .map(([contig = '', length]) => ({ name: contig, length: Number(length) }));
  const checksums = { fasta: await sha256Of(fastaPath), gff: await sha256Of(gffPath) };
  return {
    name,
    description,
    fastaPath,
    gffPath,
    knownPath,
    contigs,
    checksums: knownPath === undefined ? checksums : { ...checksums, known: await sha256Of(knownPath) },
  };
}

/** Writes and indexes the genome of `plan` with known variants, in `directory`. */
export async function installSyntheticReference(
  directory: string,
  plan: GenomePlan,
): Promise<{ genome: Genome; reference: LocalReference }> {
  const genome = makeGenome(plan);
  const bases = plan.contigs.reduce((sum, { length }) => sum + length, 0);
  const variants = demoVariants(genome, { seed: plan.seed + 1, count: Math.round(bases / 100) });
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'genome.fa'), fastaOf(genome));
  await writeFile(join(directory, 'genes.gff3'), gff3Of(genome));
  await writeFile(join(directory, 'known.tsv'), knownVariants(genome, variants, { seed: plan.seed + 2 }));
  const reference = await indexReference(directory, 'synthetic', 'Synthetic genome, not a real organism');
  return { genome, reference };
}

/**
 * Writes `count` sorted variants (nine SNVs to one insertion or deletion) with depth, frequency and one unphased genotype.
 * Fast: about a million lines a second.
 */
export async function writeManyVariants(path: string, genome: Genome, count: number, seed = 1): Promise<void> {
  const random = randomSource(seed);
  const total = genome.contigs.reduce((sum, contig) => sum + contig.bases.length, 0);
  const file = await open(path, 'w');
  try {
    await file.write(
      [
        '##fileformat=VCFv4.2',
        ...genome.contigs.map((contig) => `##contig=<ID=${contig.name},length=${contig.bases.length}>`),
        '##INFO=<ID=DP,Number=1,Type=Integer,Description="Read depth (synthetic)">',
        '##INFO=<ID=AF,Number=A,Type=Float,Description="Allele frequency (synthetic)">',
        '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype (synthetic)">',
        '#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tsynthetic_sample\n',
      ].join('\n'),
    );
    const genotypes = ['0/1', '0/1', '1/1', '1/0'];
    const letters = ['A', 'C', 'G', 'T'];
    const others = letters.map((letter) => letters.filter((other) => other !== letter));
    for (const contig of genome.contigs) {
      const here = Math.round((count * contig.bases.length) / total);
      const step = (contig.bases.length - 1_000) / Math.max(1, here);
      const text = Buffer.from(contig.bases).toString('latin1');
      let lines: string[] = [];
      for (let made = 0; made < here; made++) {
        const position = 500 + Math.floor(made * step);
        const base = text.charAt(position - 1);
        const kind = random.below(20);
        const alternatives = others[letters.indexOf(base)] ?? letters;
        const ref = kind === 0 ? text.slice(position - 1, position + 2) : base;
        const alt = kind === 0 ? base : kind === 1 ? `${base}AC` : (alternatives[random.below(3)] ?? 'N');
        const depth = 10 + random.below(50);
        const genotype = genotypes[random.below(4)] ?? '0/1';
        lines.push(
          `${contig.name}\t${position}\t.\t${ref}\t${alt}\t${depth}\tPASS\tDP=${depth};AF=0.${1 + random.below(9)}\tGT\t${genotype}`,
        );
        if (lines.length === 20_000) {
          await file.write(`${lines.join('\n')}\n`);
          lines = [];
        }
      }
      if (lines.length > 0) await file.write(`${lines.join('\n')}\n`);
    }
  } finally {
    await file.close();
  }
}

/** Writes what the engine's benchmark runs on: `reference/` of many megabases, and `input.vcf` with so many variants. */
export async function writeBenchFiles(root: string, variants: number): Promise<void> {
  const { genome } = await installSyntheticReference(join(root, 'reference'), BENCH_PLAN);
  await writeManyVariants(join(root, 'input.vcf'), genome, variants);
}
