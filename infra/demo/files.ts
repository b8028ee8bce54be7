// A synthetic genome as files: its sequence as FASTA, its gene models as GFF3.

import type { Gene } from './genes.ts';
import { SYNTHETIC_LABEL, type Genome } from './model.ts';

const BASES_PER_FASTA_LINE = 60;

export function fastaOf(genome: Genome): Buffer {
  const parts: Buffer[] = [];
  for (const contig of genome.contigs) {
    parts.push(Buffer.from(`>${contig.name} ${SYNTHETIC_LABEL}\n`));
    const lineCount = Math.ceil(contig.bases.length / BASES_PER_FASTA_LINE);
    const text = Buffer.alloc(contig.bases.length + lineCount, '\n');
    for (let line = 0; line < lineCount; line++) {
      const from = line * BASES_PER_FASTA_LINE;
      text.set(contig.bases.subarray(from, from + BASES_PER_FASTA_LINE), from + line);
    }
    parts.push(text);
  }
  return Buffer.concat(parts);
}

/** Gene models as Ensembl writes them, which is what `bcftools csq` reads. */
export function gff3Of(genome: Genome): string {
  const lines = ['##gff-version 3', `#!${SYNTHETIC_LABEL}`];
  for (const contig of genome.contigs) lines.push(`##sequence-region ${contig.name} 1 ${contig.bases.length}`);
  for (const contig of genome.contigs) for (const gene of contig.genes) lines.push(...gffLines(gene));
  return lines.join('\n') + '\n';
}

function gffLines(gene: Gene): string[] {
  const row = (type: string, start: number, end: number, phase: string, attributes: string): string =>
    [gene.contig, 'synthetic', type, start, end, '.', gene.strand, phase, attributes].join('\t');
  const parent = `Parent=transcript:${gene.transcriptId}`;
  const lines = [
    row(
      gene.coding ? 'gene' : 'ncRNA_gene',
      gene.start,
      gene.end,
      '.',
      `ID=gene:${gene.geneId};Name=${gene.name};biotype=${gene.biotype}`,
    ),
    row(
      gene.coding ? 'mRNA' : 'lnc_RNA',
      gene.start,
      gene.end,
      '.',
      `ID=transcript:${gene.transcriptId};Parent=gene:${gene.geneId};Name=${gene.name}-201;biotype=${gene.biotype}`,
    ),
  ];
  for (const part of gene.parts) {
    const attributes = part.type === 'CDS' ? `ID=CDS:${gene.proteinId};${parent}` : parent;
    lines.push(row(part.type, part.start, part.end, part.phase === undefined ? '.' : String(part.phase), attributes));
  }
  return lines;
}
