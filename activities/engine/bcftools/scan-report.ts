// What a scan of an input is asked and what it answers; both cross from thread to thread.

import type { EngineLimits } from '../engine.ts';
import type { Undeclared } from './header.ts';
import type { TextSource } from './source.ts';

export interface ScanRequest {
  inputPath: string;
  fastaPath: string;
  contigs: readonly { name: string; length: number }[];
  limits: Pick<EngineLimits, 'inflatedBytes' | 'lineBytes' | 'recordsPerPosition' | 'headerBytes'>;
  /** Stops after about so many bytes of text; undefined reads all. */
  lookBytes: number | undefined;
  /** What the completed header declares beyond the input's, and further header lines, for the engine. */
  expected: Undeclared;
  headerLines: readonly string[];
  /** True when an unphased genotype would make the choice of mode wrong. */
  expectsPhased: boolean;
}

export interface ScanReport {
  /** False when the reading stopped at `lookBytes`. */
  complete: boolean;
  /** False when something came that `expected` and `expectsPhased` had not foreseen; the engine got a part only. */
  foreseen: boolean;
  records: number;
  samples: number;
  everyGenotypePhased: boolean;
  undeclared: Undeclared;
  undeclaredContigs: number;
  renamed: Record<string, string>;
  otherLengths: string[];
  packing: TextSource['packing'];
  inflatedBytes: number;
  redeclares: string[];
}
