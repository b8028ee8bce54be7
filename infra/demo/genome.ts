// The demo genome: sequence, gene models on both strands, known variants, and a file to annotate. No real organism.
// `node infra/demo/genome.ts OUTDIR` writes genome.fa, genes.gff3, known.tsv and demo.vcf, the same bytes every time.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { argv } from 'node:process';
import { fastaOf, gff3Of } from './files.ts';
import { DEMO_PLAN, makeGenome } from './model.ts';
import { demoVariants, knownVariants, writeVcf } from './variants.ts';

async function writeDemo(directory: string): Promise<void> {
  const genome = makeGenome(DEMO_PLAN);
  const variants = demoVariants(genome, { seed: DEMO_PLAN.seed + 1, count: 2_000 });
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'genome.fa'), fastaOf(genome));
  await writeFile(join(directory, 'genes.gff3'), gff3Of(genome));
  await writeFile(join(directory, 'known.tsv'), knownVariants(genome, variants, { seed: DEMO_PLAN.seed + 2 }));
  await writeFile(join(directory, 'demo.vcf'), writeVcf(genome, variants));
}

if (import.meta.main) {
  const directory = argv[2];
  if (directory === undefined) {
    console.error('usage: node infra/demo/genome.ts OUTDIR');
    process.exitCode = 2;
  } else {
    await writeDemo(directory);
  }
}
