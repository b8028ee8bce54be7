// The states of an annotation job and of its result, and what each state allows.

export const JOB_STATUSES = ['PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

/** A job in one of these states never changes its status again. */
export const ENDED_STATUSES = ['COMPLETED', 'FAILED', 'CANCELLED'] as const satisfies readonly JobStatus[];

export function hasEnded(status: JobStatus): boolean {
  return (ENDED_STATUSES as readonly JobStatus[]).includes(status);
}

/**
 * Where the annotated VCF of a job is. `null` in the record means that there is no result yet.
 * `deleted` is final: the owner erased the job's data.
 */
export const RESULT_STATES = ['live', 'archiving', 'archived', 'restoring', 'deleted'] as const;
export type ResultState = (typeof RESULT_STATES)[number];

/**
 * How neighbouring variants are combined into consequences.
 * `haplotype` joins the variants of one haplotype into one change, `local` takes each record for itself,
 * `auto` means `haplotype` when every genotype of the input is phased or haploid, else `local`.
 */
export const CONSEQUENCE_MODES = ['auto', 'haplotype', 'local'] as const;
export type ConsequenceMode = (typeof CONSEQUENCE_MODES)[number];
export type ResolvedConsequenceMode = Exclude<ConsequenceMode, 'auto'>;

/** The phases of a running job, in the order in which its owner sees them. */
export const JOB_PHASES = ['queued', 'staging', 'validating', 'annotating', 'publishing'] as const;
export type JobPhase = (typeof JOB_PHASES)[number];

/** Progress of a running job: how many records were read so far and the share of the input, 0 to 100. */
export interface JobProgress {
  phase: JobPhase;
  records: number;
  percent: number;
}

/** Who caused a job: the page's upload (one job per upload), or a call of the API. */
export const JOB_SOURCES = ['page', 'api'] as const;
export type JobSource = (typeof JOB_SOURCES)[number];
