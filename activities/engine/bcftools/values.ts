// What may stand in a VCF column: alleles and numbers.

const BASE_LETTERS = 'ACGTNRYSWKMBDHV';

/** By byte: 1 for a letter of REF, either case. */
export const IS_BASE = letters(BASE_LETTERS + BASE_LETTERS.toLowerCase());
/** By upper-case byte: 1 for a base of the genome that stands for several. */
export const IS_GENOME_AMBIGUITY = letters('NRYSWKMBDHV');
const IS_ALT_BASE = letters('ACGTNacgtn');

function letters(text: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const byte of Buffer.from(text)) table[byte] = 1;
  return table;
}

export type AlleleKind = 'sequence' | 'symbolic' | 'none' | 'junk';

/** What the ALT allele from `from` to `to` is; `none` is the missing value. */
export function alleleKind(buffer: Uint8Array, from: number, to: number): AlleleKind {
  if (to === from) return 'junk';
  const first = buffer[from] ?? 0;
  if (IS_ALT_BASE[first] === 1) {
    let at = from + 1;
    while (at < to && IS_ALT_BASE[buffer[at] ?? 0] === 1) at++;
    if (at === to) return 'sequence';
  }
  if (to === from + 1) return first === 46 ? 'none' : first === 42 ? 'symbolic' : 'junk';
  const allele = Buffer.from(buffer.subarray(from, to)).toString('latin1');
  if (/^<[^\s<>,;]+>$/.test(allele)) return 'symbolic';
  // Breakends, paired (t[p[, ]p]t) and single (t., .t), as section 5.4 of the VCF specification writes them.
  const paired =
    /^(?:[ACGTNacgtn.]*([[\]])[^\s[\],]+:\d+\1|([[\]])[^\s[\],]+:\d+\2[ACGTNacgtn.]*|[ACGTNacgtn.]*([[\]])<[^\s<>,]+>(?::\d+)?\3)$/;
  if (paired.test(allele) || /^(?:\.[ACGTNacgtn]+|[ACGTNacgtn]+\.)$/.test(allele)) return 'symbolic';
  return 'junk';
}

const [COMMA, MINUS, PLUS, DOT, ZERO, NINE] = [44, 45, 43, 46, 48, 57] as const;

/** True when a comma-separated list, `.` being a missing value, is not of `type`. */
export function numberProblem(buffer: Uint8Array, from: number, to: number, type: 'Integer' | 'Float'): boolean {
  let digits = 0;
  for (let at = from; at < to; at++) {
    const byte = buffer[at] ?? 0;
    if (byte >= ZERO && byte <= NINE) digits++;
    else if (byte === MINUS && at === from) continue;
    else return slowNumberProblem(buffer, from, to, type);
  }
  return digits === 0;
}

const INTEGER = /^[+-]?\d+$/;
const FLOAT = /^[+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|inf|infinity|nan)$/i;

function slowNumberProblem(buffer: Uint8Array, from: number, to: number, type: 'Integer' | 'Float'): boolean {
  if (type === 'Float' && isPlainDecimal(buffer, from, to)) return false;
  const pattern = type === 'Integer' ? INTEGER : FLOAT;
  const values = Buffer.from(buffer.subarray(from, to)).toString('latin1').split(',');
  return values.some((value) => value !== '.' && !pattern.test(value));
}

/** Quick and sure for lists like `0.25,1.5`; anything else is for the pattern to judge. */
function isPlainDecimal(buffer: Uint8Array, from: number, to: number): boolean {
  let [digits, dots] = [0, 0];
  for (let at = from; at <= to; at++) {
    const byte = at === to ? COMMA : (buffer[at] ?? 0);
    if (byte >= ZERO && byte <= NINE) digits++;
    else if (byte === DOT) dots++;
    else if (byte === COMMA) {
      if (digits === 0 || dots > 1) return false;
      digits = 0;
      dots = 0;
    } else if (!((byte === MINUS || byte === PLUS) && (at === from || buffer[at - 1] === COMMA))) return false;
  }
  return true;
}
