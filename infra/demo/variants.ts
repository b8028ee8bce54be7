// Variants on a synthetic genome: some placed to show every common consequence, the rest by chance, all of them sorted.

import { SYNTHETIC_LABEL, type Contig, type Genome } from './model.ts';
import { BASES, randomSource, randomText, type RandomSource } from './sequence.ts';
import type { Gene, GenePart } from './genes.ts';

export interface Variant {
  contig: string;
  /** 1-based. */
  position: number;
  ref: string;
  /** Comma-separated when there are several. */
  alt: string;
  /** Phased, of the one sample. */
  genotype: string;
  depth: number;
}

const TRANSITION: Record<string, string> = { A: 'G', G: 'A', C: 'T', T: 'C' };

/** About `count` variants, no two of which touch the same base. */
export function demoVariants(genome: Genome, options: { seed: number; count: number }): Variant[] {
  const random = randomSource(options.seed);
  const total = genome.contigs.reduce((sum, contig) => sum + contig.bases.length, 0);
  const variants: Variant[] = [];
  for (const contig of genome.contigs) {
    const taken = new Uint8Array(contig.bases.length + 2);
    const here: Variant[] = [];
    const add = (variant: Variant | undefined): void => {
      if (variant === undefined) return;
      const end = variant.position + variant.ref.length - 1;
      // One base of room on either side keeps neighbours from becoming one another's context.
      for (let at = variant.position - 1; at <= end + 1; at++) if (taken[at] === 1) return;
      taken.fill(1, variant.position, end + 1);
      here.push(variant);
    };
    for (const gene of contig.genes) for (const variant of placedVariants(random, contig, gene)) add(variant);
    const isCoding = codingPositions(contig);
    const wanted = Math.round((options.count * contig.bases.length) / total);
    for (let tries = 0; here.length < wanted && tries < wanted * 20; tries++) {
      const position = 100 + random.below(contig.bases.length - 200);
      // By chance a coding base changes rarely, and never the frame: one such change would hide all that follow it.
      if (isCoding[position] === 1) add(random.chance(0.2) ? substitution(random, contig, position) : undefined);
      else add(chanceVariant(random, contig, position));
    }
    here.sort((a, b) => a.position - b.position);
    for (const variant of here) variants.push(variant);
  }
  return variants;
}

function codingPositions(contig: Contig): Uint8Array {
  const coding = new Uint8Array(contig.bases.length + 2);
  // Ten bases more at the left: a deletion that begins there could reach in.
  for (const gene of contig.genes) {
    for (const part of gene.parts) if (part.type === 'CDS') coding.fill(1, part.start - 10, part.end + 1);
  }
  return coding;
}

/** Variants whose consequence follows from where they are: start, stop, splice sites, frame, untranslated ends. */
function placedVariants(random: RandomSource, contig: Contig, gene: Gene): (Variant | undefined)[] {
  const placed: (Variant | undefined)[] = [];
  const coding = gene.parts.filter((part) => part.type === 'CDS');
  const exons = gene.parts.filter((part) => part.type === 'exon');
  for (const [index, exon] of exons.entries()) {
    const next = exons[index + 1];
    if (next === undefined) break;
    placed.push(substitution(random, contig, exon.end + random.pick([1, 2])));
    placed.push(substitution(random, contig, next.start - random.pick([1, 2])));
    placed.push(substitution(random, contig, exon.end + random.pick([4, 5, 6])));
    placed.push(substitution(random, contig, exon.end + 40 + random.below(60)));
  }
  placed.push(...codingVariants(random, contig, gene, coding));
  for (const part of gene.parts) {
    if (part.type.endsWith('UTR')) placed.push(substitution(random, contig, inside(random, part)));
  }
  return placed;
}

/**
 * One kind of change of the protein a gene, beside a few substitutions: in a phased sample a lost start or a shifted
 * frame changes the meaning of every later variant of the gene.
 */
function codingVariants(random: RandomSource, contig: Contig, gene: Gene, coding: GenePart[]): (Variant | undefined)[] {
  const long = coding.filter((part) => part.end - part.start >= 60);
  const [first, last, any] = [coding[0], coding.at(-1), long[random.below(Math.max(1, long.length))]];
  if (first === undefined || last === undefined || any === undefined) return [];
  const placed: (Variant | undefined)[] = [];
  for (const part of long) {
    for (let made = 0; made < 4; made++) placed.push(substitution(random, contig, inside(random, part)));
  }
  switch (random.below(6)) {
    case 0:
      return [...placed, substitution(random, contig, (gene.strand === '+' ? first.start : last.end - 2) + 1)];
    case 1:
      return [...placed, substitution(random, contig, (gene.strand === '+' ? last.end : first.start + 2) - 1)];
    case 2:
      return [...placed, deletion(random, contig, inside(random, any), 1)];
    case 3:
      return [...placed, insertion(random, contig, inside(random, any), 2)];
    case 4:
      return [
        ...placed,
        deletion(random, contig, inside(random, any), 3),
        insertion(random, contig, inside(random, any), 3),
      ];
    default:
      return [...placed, stopGained(random, contig, gene, any)];
  }
}

/** A position of the part that is at least ten bases from its ends. */
function inside(random: RandomSource, part: GenePart): number {
  const room = Math.max(1, part.end - part.start - 20);
  return Math.min(part.end, part.start + 10 + random.below(room));
}

function chanceVariant(random: RandomSource, contig: Contig, position: number): Variant | undefined {
  const kind = random.below(100);
  if (kind < 74) return substitution(random, contig, position);
  if (kind < 84) return deletion(random, contig, position, 1 + random.below(8));
  if (kind < 94) return insertion(random, contig, position, 1 + random.below(8));
  if (kind < 98) return twoAlternatives(random, contig, position);
  return symbolicDeletion(random, contig, position);
}

function base(contig: Contig, position: number): string {
  return String.fromCharCode(contig.bases[position - 1] ?? 78);
}

function bases(contig: Contig, position: number, length: number): string {
  return Buffer.from(contig.bases.subarray(position - 1, position - 1 + length)).toString('latin1');
}

function variant(random: RandomSource, contig: Contig, position: number, ref: string, alt: string): Variant {
  const genotype = alt.includes(',') ? random.pick(['1|2', '2|1']) : random.pick(['0|1', '1|0', '0|1', '1|0', '1|1']);
  return { contig: contig.name, position, ref, alt, genotype, depth: 12 + random.below(50) };
}

function substitution(random: RandomSource, contig: Contig, position: number): Variant {
  const ref = base(contig, position);
  const others = BASES.filter((other) => other !== ref);
  // Two transitions for one transversion, about as in real genomes.
  const alt = random.chance(0.67)
    ? (TRANSITION[ref] ?? 'A')
    : random.pick(others.filter((other) => other !== TRANSITION[ref]));
  return variant(random, contig, position, ref, alt);
}

function twoAlternatives(random: RandomSource, contig: Contig, position: number): Variant {
  const ref = base(contig, position);
  const others = BASES.filter((other) => other !== ref);
  return variant(random, contig, position, ref, `${others[0]},${others[1 + random.below(2)]}`);
}

function deletion(random: RandomSource, contig: Contig, position: number, length: number): Variant {
  return variant(random, contig, position, bases(contig, position, length + 1), base(contig, position));
}

function insertion(random: RandomSource, contig: Contig, position: number, length: number): Variant {
  const ref = base(contig, position);
  return variant(random, contig, position, ref, ref + randomText(random, length));
}

function symbolicDeletion(random: RandomSource, contig: Contig, position: number): Variant {
  return variant(random, contig, position, base(contig, position), '<DEL>');
}

/** A stop codon inserted in frame; on the reverse strand its reverse complement. */
function stopGained(random: RandomSource, contig: Contig, gene: Gene, part: GenePart): Variant | undefined {
  if (part.phase === undefined) return undefined;
  const codon = 3 * (4 + random.below(8));
  if (gene.strand === '+') {
    const position = part.start + part.phase + codon - 1;
    return variant(random, contig, position, base(contig, position), `${base(contig, position)}TAA`);
  }
  const position = part.end - part.phase - codon;
  return variant(random, contig, position, base(contig, position), `${base(contig, position)}TTA`);
}

/** A third of the variants, and as many others, as rows of CHROM, POS, REF, ALT, ID. */
export function knownVariants(genome: Genome, variants: readonly Variant[], options: { seed: number }): string {
  const random = randomSource(options.seed);
  const rank = new Map(genome.contigs.map((contig, index) => [contig.name, index]));
  const rows: Pick<Variant, 'contig' | 'position' | 'ref' | 'alt'>[] = [];
  for (const known of variants) if (random.chance(1 / 3) && /^[ACGT]+$/.test(known.alt)) rows.push(known);
  for (const contig of genome.contigs) {
    for (let made = 0; made < contig.bases.length / 300; made++) {
      rows.push(substitution(random, contig, 1 + random.below(contig.bases.length)));
    }
  }
  const key = (row: (typeof rows)[number]): string => `${row.contig}\t${row.position}\t${row.ref}\t${row.alt}`;
  const unique = [...new Map(rows.map((row) => [key(row), row])).values()];
  unique.sort((a, b) => (rank.get(a.contig) ?? 0) - (rank.get(b.contig) ?? 0) || a.position - b.position);
  const lines = [`# ${SYNTHETIC_LABEL}`, '#CHROM\tPOS\tREF\tALT\tID'];
  for (const [index, row] of unique.entries()) lines.push(`${key(row)}\tsyn${String(index + 1).padStart(6, '0')}`);
  return lines.join('\n') + '\n';
}

export function writeVcf(genome: Genome, variants: readonly Variant[]): string {
  const lines = [
    '##fileformat=VCFv4.2',
    `##source=${SYNTHETIC_LABEL}`,
    ...genome.contigs.map((contig) => `##contig=<ID=${contig.name},length=${contig.bases.length}>`),
    '##FILTER=<ID=PASS,Description="All filters passed">',
    '##ALT=<ID=DEL,Description="Deletion">',
    '##INFO=<ID=DP,Number=1,Type=Integer,Description="Read depth (synthetic)">',
    '##INFO=<ID=END,Number=1,Type=Integer,Description="End of the variant">',
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype (synthetic)">',
    '#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tsynthetic_sample',
  ];
  for (const { contig, position, ref, alt, genotype, depth } of variants) {
    const info = alt === '<DEL>' ? `DP=${depth};END=${position + 50}` : `DP=${depth}`;
    lines.push([contig, position, '.', ref, alt, 20 + depth, 'PASS', info, 'GT', genotype].join('\t'));
  }
  return lines.join('\n') + '\n';
}
