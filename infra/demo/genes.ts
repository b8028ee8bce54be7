// One synthetic gene: untranslated ends, exons, introns that begin with GT and end with AG, and a valid reading frame.

import { randomReadingFrame, randomText, reverseComplement, type RandomSource } from './sequence.ts';

export interface GenePart {
  type: 'exon' | 'CDS' | 'five_prime_UTR' | 'three_prime_UTR';
  /** 1-based, both ends included, as in GFF3. */
  start: number;
  end: number;
  /** Only of a CDS: bases to skip before the next codon begins. */
  phase?: number;
}

export interface Gene {
  contig: string;
  name: string;
  geneId: string;
  transcriptId: string;
  proteinId: string;
  strand: '+' | '-';
  coding: boolean;
  biotype: 'protein_coding' | 'lncRNA';
  start: number;
  end: number;
  /** In the order of the forward strand. */
  parts: GenePart[];
}

export interface GenePlan {
  number: number;
  contig: string;
  /** 1-based position of the gene's first base on the forward strand. */
  start: number;
  coding: boolean;
  strand: '+' | '-';
}

/** Returns the gene and its bases as they stand on the forward strand. */
export function makeGene(random: RandomSource, plan: GenePlan): { gene: Gene; bases: Uint8Array } {
  const { transcript, exons, frame } = makeTranscript(random, plan.coding);
  const length = transcript.length;
  const forward = plan.strand === '+' ? transcript : reverseComplement(transcript);
  // Offsets count along the transcript; on the reverse strand they run down the forward strand.
  const place = (from: number, to: number): { start: number; end: number } =>
    plan.strand === '+'
      ? { start: plan.start + from, end: plan.start + to - 1 }
      : { start: plan.start + length - to, end: plan.start + length - from - 1 };

  const parts: GenePart[] = [];
  let codingBases = 0;
  for (const exon of exons) {
    parts.push({ type: 'exon', ...place(exon.from, exon.to) });
    if (frame === undefined) continue;
    const from = Math.max(exon.from, frame.from);
    const to = Math.min(exon.to, frame.to);
    if (exon.from < frame.from)
      parts.push({ type: 'five_prime_UTR', ...place(exon.from, Math.min(exon.to, frame.from)) });
    if (from < to) {
      parts.push({ type: 'CDS', ...place(from, to), phase: (3 - (codingBases % 3)) % 3 });
      codingBases += to - from;
    }
    if (exon.to > frame.to) parts.push({ type: 'three_prime_UTR', ...place(Math.max(exon.from, frame.to), exon.to) });
  }
  parts.sort((a, b) => a.start - b.start || b.end - a.end);

  const id = String(plan.number).padStart(6, '0');
  const gene: Gene = {
    contig: plan.contig,
    name: plan.coding ? `SYN${plan.number}` : `SYNLNC${plan.number}`,
    geneId: `SYNG${id}`,
    transcriptId: `SYNT${id}`,
    proteinId: `SYNP${id}`,
    strand: plan.strand,
    coding: plan.coding,
    biotype: plan.coding ? 'protein_coding' : 'lncRNA',
    start: plan.start,
    end: plan.start + length - 1,
    parts,
  };
  return { gene, bases: Buffer.from(forward, 'latin1') };
}

interface Span {
  from: number;
  to: number;
}

/** Bases from the transcript's first to its last, introns included, with the exons and the reading frame in it. */
function makeTranscript(
  random: RandomSource,
  coding: boolean,
): { transcript: string; exons: Span[]; frame: Span | undefined } {
  const head = randomText(random, 60 + random.below(140));
  const middle = coding
    ? randomReadingFrame(random, 120 + random.below(280))
    : randomText(random, 600 + random.below(600));
  const tail = randomText(random, 80 + random.below(220));
  const spliced = head + middle + tail;

  // Cut inside the middle only, so that the start and the stop codon stay whole.
  const exonCount = 2 + random.below(5);
  const cuts: number[] = [];
  for (let index = 1; index < exonCount; index++) {
    cuts.push(head.length + Math.floor((middle.length * index) / exonCount) + random.below(20));
  }
  let transcript = '';
  const exons: Span[] = [];
  let done = 0;
  for (const cut of [...cuts, spliced.length]) {
    const from = transcript.length;
    transcript += spliced.slice(done, cut);
    exons.push({ from, to: transcript.length });
    done = cut;
    if (cut < spliced.length) transcript += `GT${randomText(random, 150 + random.below(850))}AG`;
  }
  const tailAt = transcript.length - tail.length;
  return { transcript, exons, frame: coding ? { from: head.length, to: tailAt } : undefined };
}
