// Bases, codons and a seeded source of chance: what the synthetic genome is made of.

export interface RandomSource {
  /** A whole number from 0 to `bound` - 1. */
  below(bound: number): number;
  /** True with this probability, 0 to 1. */
  chance(probability: number): boolean;
  pick<Item>(items: readonly Item[]): Item;
}

/** A small generator of 32-bit state (Weyl sequence and mixing), the same on every machine. */
export function randomSource(seed: number): RandomSource {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
  const below = (bound: number): number => Math.floor((next() / 2 ** 32) * bound);
  return {
    below,
    chance: (probability) => next() / 2 ** 32 < probability,
    pick: (items) => {
      const item = items[below(items.length)];
      if (item === undefined) throw new RangeError('nothing to pick from');
      return item;
    },
  };
}

export const BASES = ['A', 'C', 'G', 'T'] as const;

export function randomBases(random: RandomSource, length: number): Uint8Array {
  const codes = Buffer.from('ACGT');
  const bases = new Uint8Array(length);
  for (let index = 0; index < length; index++) bases[index] = codes[random.below(4)] ?? 65;
  return bases;
}

export function randomText(random: RandomSource, length: number): string {
  return Buffer.from(randomBases(random, length)).toString('latin1');
}

const COMPLEMENT: Record<string, string> = { A: 'T', C: 'G', G: 'C', T: 'A' };

export function reverseComplement(text: string): string {
  let turned = '';
  for (let index = text.length - 1; index >= 0; index--) turned += COMPLEMENT[text.charAt(index)] ?? 'N';
  return turned;
}

const STOP_CODONS = ['TAA', 'TAG', 'TGA'];

/** A reading frame from its ATG to its stop codon, `codonCount` codons in all, with no stop between. */
export function randomReadingFrame(random: RandomSource, codonCount: number): string {
  let frame = 'ATG';
  while (frame.length < (codonCount - 1) * 3) {
    const codon = randomText(random, 3);
    if (!STOP_CODONS.includes(codon)) frame += codon;
  }
  return frame + random.pick(STOP_CODONS);
}
