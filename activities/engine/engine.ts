// What an annotation engine is to the rest of Varloom. One folder beside this file implements it (`bcftools/`);
// another engine (VEP, snpEff) is another folder that exports the same `AnnotationEngine`.

import type { ConsequenceMode, JobPhase, ResolvedConsequenceMode } from '../../domain/jobs.ts';
import type { ResultFile } from '../../domain/result-files.ts';

/** A reference genome on this worker's disk, indexed and checksum-verified. */
export interface LocalReference {
  name: string;
  /** Shown wherever the reference is named: e.g. `Synthetic demo genome, not a real organism`. */
  description: string;
  fastaPath: string;
  gffPath: string;
  /** bgzipped, tabix-indexed TSV of known variants (CHROM POS REF ALT ID) and where it lies, when there is one. */
  knownPath: string | undefined;
  contigs: readonly { name: string; length: number }[];
  /** Lower-case hex SHA-256 of each file as installed. */
  checksums: { fasta: string; gff: string; known?: string };
}

/** Bounds that protect the worker from an input that is hostile or broken. All are upper limits. */
export interface EngineLimits {
  inflatedBytes: number;
  lineBytes: number;
  recordsPerPosition: number;
  headerBytes: number;
  /** Resident memory of all processes of the pipeline together. */
  memoryBytes: number;
  wallSeconds: number;
}

export interface AnnotationRequest {
  inputPath: string;
  /** Lower-case hex SHA-256 of the input as it was staged. */
  inputSha256: string;
  inputSizeBytes: number;
  /** The owner's name of the file: for the log, which only the owner reads. */
  inputFileName: string;
  /** An empty directory of this run's own; outputs are written there and nowhere else. */
  directory: string;
  reference: LocalReference;
  mode: ConsequenceMode;
  limits: EngineLimits;
  signal: AbortSignal;
  /** May be called often; the receiver throttles. `percent` is 0 to 100 of the input's bytes. */
  onProgress: (progress: { phase: JobPhase; records: number; percent: number }) => void;
}

/** Counts of one annotated file, made in the same pass that writes it. Serialised as `summary.json`. */
export interface AnnotationSummary {
  records: number;
  /** By the most severe consequence of each record; `none` when it has none. */
  consequences: Record<string, number>;
  types: { snv: number; indel: number; other: number };
  transitions: number;
  transversions: number;
  /** null when there is no transversion. */
  ti_tv: number | null;
  contigs: Record<string, number>;
  /** null when the reference has no known-variants file. */
  known: number | null;
  novel: number | null;
}

export interface OutputFile {
  path: string;
  sizeBytes: number;
  /** Lower-case hex. */
  sha256: string;
}

export interface AnnotationOutcome {
  engine: { name: string; version: string };
  mode: ResolvedConsequenceMode;
  records: number;
  warnings: readonly string[];
  summary: AnnotationSummary;
  outputs: Record<ResultFile, OutputFile>;
}

export interface AnnotationEngine {
  readonly name: string;
  /**
   * Validates and annotates one staged input in one pass.
   * @throws VarloomError with an `input_…` type when the input is at fault (naming line or record),
   *         `engine_…` when the engine is; the reason of `signal` when it was aborted. Kills its processes in every case.
   */
  annotate(request: AnnotationRequest): Promise<AnnotationOutcome>;
}

/** The engine was ended by someone else or by its machine: nothing is known against the input, and trying again can help. */
export class EngineInterrupted extends Error {
  override name = 'EngineInterrupted';
}

/** Killed outright, as a machine that is out of memory does it: the next time it may be the worker. */
export class EngineKilled extends EngineInterrupted {
  override name = 'EngineKilled';
}
