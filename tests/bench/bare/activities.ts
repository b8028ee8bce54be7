// The steps of a bare workflow. They tell their process's parent how far a workflow is, so that nobody need ask the server.

import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Sent to the parent process. */
export interface BareProgress {
  workflowId: string;
  step: 'completed' | 'told';
}

export interface BarePipeline {
  input: string;
  fasta: string;
  gff: string;
  known: string;
  /** Declares the INFO field that the known variants go to. */
  knownHeader: string;
  /** Results are written here, and removed. */
  directory: string;
}

export function createBareActivities(pipeline: BarePipeline, tell: (progress: BareProgress) => void) {
  return {
    'bare.job.start': async (): Promise<void> => {},
    'bare.engine.nothing': async (): Promise<void> => {},
    'bare.engine.pipeline': (): Promise<void> => runBarePipeline(pipeline),
    'bare.job.complete': async (workflowId: string): Promise<void> => tell({ workflowId, step: 'completed' }),
    'bare.mail.send': async (workflowId: string): Promise<void> => tell({ workflowId, step: 'told' }),
  };
}

export type BareActivities = ReturnType<typeof createBareActivities>;

/** Consequences and known variants, nothing checked and nothing kept. */
export async function runBarePipeline({
  input,
  fasta,
  gff,
  known,
  knownHeader,
  directory,
}: BarePipeline): Promise<void> {
  const output = join(directory, `${randomUUID()}.vcf.gz`);
  const quoted = (words: string[]) => words.map((word) => `'${word}'`).join(' ');
  const csq = ['bcftools', 'csq', '-l', '-p', 'a', '-v', '0', '-f', fasta, '-g', gff, '-Ou', input];
  const columns = 'CHROM,POS,REF,ALT,KNOWN_VARIANT';
  const annotate = ['bcftools', 'annotate', '-a', known, '-h', knownHeader, '-c', columns, '-Oz1', '-o', output, '-'];
  const child = spawn('sh', ['-c', `${quoted(csq)} | ${quoted(annotate)}`], { stdio: 'ignore' });
  const [code]: unknown[] = await once(child, 'close');
  await rm(output, { force: true });
  if (code !== 0) throw new Error(`the bare pipeline ended with ${String(code)}`);
}
