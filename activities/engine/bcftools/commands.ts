// The command lines of the engine, all paths relative to the directory of the run: they are shown to users as they are run.

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ResolvedConsequenceMode } from '../../../domain/jobs.ts';
import type { LocalReference } from '../engine.ts';
import type { Stage } from './processes.ts';
import { KNOWN_INFO } from './tally.ts';

/** Holds what a run needs and does not leave behind. */
export const SCRATCH_NAME = 'reference';

const KNOWN_HEADER = `##INFO=<ID=${KNOWN_INFO},Number=.,Type=String,Description="ID in the known variants of the reference">\n`;

interface ReferenceNames {
  fasta: string;
  gff: string;
  known: string | undefined;
  knownHeader: string;
}

/** Links the reference's files into the run's directory under plain names. Half a dozen trips to another thread would take longer. */
export function linkReference(reference: LocalReference, directory: string): ReferenceNames {
  const scratch = join(directory, SCRATCH_NAME);
  mkdirSync(scratch);
  const link = (path: string, name: string): string => {
    symlinkSync(resolve(path), join(scratch, name));
    return `${SCRATCH_NAME}/${name}`;
  };
  const { fastaPath, gffPath, knownPath } = reference;
  const names: ReferenceNames = {
    fasta: link(fastaPath, 'genome.fa'),
    gff: link(gffPath, gffPath.endsWith('.gz') ? 'genes.gff3.gz' : 'genes.gff3'),
    known: knownPath === undefined ? undefined : link(knownPath, 'known.tsv.gz'),
    knownHeader: `${SCRATCH_NAME}/known.hdr`,
  };
  link(`${fastaPath}.fai`, 'genome.fa.fai');
  if (knownPath !== undefined) {
    link(`${knownPath}.tbi`, 'known.tsv.gz.tbi');
    writeFileSync(join(directory, names.knownHeader), KNOWN_HEADER);
  }
  return names;
}

/** The annotating stages, each reading the one before: the last writes VCF text. */
export function annotatingStages(bcftools: string, names: ReferenceNames, mode: ResolvedConsequenceMode): Stage[] {
  const local = mode === 'local' ? ['--local-csq'] : [];
  // The bytes between stages are BCF: quicker to write and to read than text.
  const output = names.known === undefined ? 'v' : 'u';
  // `--no-version`: the same input gives the same bytes; provenance names versions and command lines.
  const csq: Stage = {
    name: 'bcftools csq',
    command: bcftools,
    arguments: [
      ...['csq', '--no-version', ...local, '--phase', 'a', '--verbose', '0'],
      ...['--fasta-ref', names.fasta, '--gff-annot', names.gff, '--output-type', output, '-'],
    ],
  };
  if (names.known === undefined) return [csq];
  const columns = `CHROM,POS,REF,ALT,${KNOWN_INFO}`;
  const annotate: Stage = {
    name: 'bcftools annotate',
    command: bcftools,
    arguments: [
      ...['annotate', '--no-version', '--annotations', names.known, '--header-lines', names.knownHeader],
      ...['--columns', columns, '--output-type', 'v', '-'],
    ],
  };
  return [csq, annotate];
}

export function compressingStage(bgzip: string): Stage {
  return { name: 'bgzip', command: bgzip, arguments: ['--stdout', '--compress-level', '1'] };
}
