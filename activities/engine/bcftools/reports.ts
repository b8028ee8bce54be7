// What a run tells: annotation.log for a biologist, summary.json and provenance.json for programs.

import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ResolvedConsequenceMode } from '../../../domain/jobs.ts';
import { RESULT_FILES, type ResultFile } from '../../../domain/result-files.ts';
import type { AnnotationOutcome, AnnotationRequest, AnnotationSummary, OutputFile } from '../engine.ts';
import type { ScanReport } from './scan-report.ts';
import type { FinishedOutput } from './thread.ts';

export interface RunFacts {
  request: AnnotationRequest;
  engine: { name: string; version: string };
  mode: ResolvedConsequenceMode;
  report: ScanReport;
  summary: AnnotationSummary;
  output: FinishedOutput;
  commands: string[];
  warnings: string[];
  startedAt: Date;
  seconds: { annotating: number; total: number };
}

/** Writes the three files and answers with the whole outcome. */
export function writeReports(facts: RunFacts): AnnotationOutcome {
  const { directory } = facts.request;
  const pathOf = (file: ResultFile): string => join(directory, RESULT_FILES[file].name);
  const write = (file: ResultFile, text: string): OutputFile => {
    const path = pathOf(file);
    const content = Buffer.from(text);
    writeFileSync(path, content);
    return { path, sizeBytes: content.length, sha256: createHash('sha256').update(content).digest('hex') };
  };
  const vcf: OutputFile = { path: pathOf('vcf'), ...facts.output.result };
  const index: OutputFile = { path: pathOf('index'), ...facts.output.index };
  const summary = write('summary', json(facts.summary));
  const log = write('log', logText(facts));
  const provenance = write('provenance', json(provenanceOf(facts, { vcf, index, summary, log })));
  return {
    engine: facts.engine,
    mode: facts.mode,
    records: facts.summary.records,
    warnings: facts.warnings,
    summary: facts.summary,
    outputs: { vcf, index, log, summary, provenance },
  };
}

const json = (value: unknown): string => JSON.stringify(value, null, 2) + '\n';

function provenanceOf(facts: RunFacts, outputs: Omit<AnnotationOutcome['outputs'], 'provenance'>): unknown {
  const { request } = facts;
  const file = ({ sizeBytes, sha256 }: OutputFile): unknown => ({ size_bytes: sizeBytes, sha256 });
  return {
    engine: facts.engine,
    node: process.version,
    consequence_mode: { asked: request.mode, used: facts.mode },
    started_at: facts.startedAt.toISOString(),
    finished_at: new Date().toISOString(),
    records: facts.summary.records,
    input: { size_bytes: request.inputSizeBytes, sha256: request.inputSha256 },
    reference: {
      name: request.reference.name,
      description: request.reference.description,
      sha256: request.reference.checksums,
    },
    // Joined by pipes in this order, the checked input going into the first; `reference/` holds the reference's files.
    commands: facts.commands,
    outputs: {
      [RESULT_FILES.vcf.name]: file(outputs.vcf),
      [RESULT_FILES.index.name]: file(outputs.index),
      [RESULT_FILES.summary.name]: file(outputs.summary),
      [RESULT_FILES.log.name]: file(outputs.log),
    },
    warnings: facts.warnings,
  };
}

const PACKINGS = { plain: 'plain text', gzip: 'gzip', bgzf: 'BGZF' } as const;

function logText(facts: RunFacts): string {
  const { request, summary, report } = facts;
  const { reference } = request;
  const lines: string[] = ['Variant annotation log', '======================', ''];
  const section = (title: string): void => void lines.push('', title, '-'.repeat(title.length));
  const row = (name: string, value: string | number): void => {
    lines.push(`${name.padEnd(22)} ${typeof value === 'number' ? count(value) : value}`);
  };

  row('Started', facts.startedAt.toISOString());
  row('Input', printable(request.inputFileName));
  row('', `${count(request.inputSizeBytes)} bytes, ${PACKINGS[report.packing]}, ${samples(report.samples)}`);
  row('', `SHA-256 ${request.inputSha256}`);
  row('Reference', `${reference.name}: ${reference.description}`);
  row('', `sequence SHA-256 ${reference.checksums.fasta}`);
  row('', `genes    SHA-256 ${reference.checksums.gff}`);
  if (reference.checksums.known !== undefined) row('', `known    SHA-256 ${reference.checksums.known}`);
  row('Engine', facts.engine.version);
  row('Consequence mode', `${facts.mode} (asked for: ${request.mode})`);
  row('', modeReason(facts));

  section('Records');
  row('In', report.records);
  row('Out', summary.records);
  for (const [contig, records] of Object.entries(summary.contigs)) row(`  ${contig}`, records);

  section('Variants');
  row('SNV', summary.types.snv);
  row('Insertion or deletion', summary.types.indel);
  row('Other', summary.types.other);
  row('Transitions', summary.transitions);
  row('Transversions', summary.transversions);
  row('Ti/Tv', summary.ti_tv === null ? 'not defined' : summary.ti_tv.toFixed(3));
  if (summary.known !== null && summary.novel !== null) {
    row('Known', summary.known);
    row('Novel', summary.novel);
  } else row('Known', 'the reference has no list of known variants');

  section('Most severe consequence of each record');
  for (const [name, records] of Object.entries(summary.consequences)) row(name, records);
  if (summary.records === 0) lines.push('The input has no records.');

  section('Warnings');
  lines.push(...(facts.warnings.length === 0 ? ['None.'] : facts.warnings.map((warning) => `- ${printable(warning)}`)));

  section('Steps');
  for (const [index, command] of facts.commands.entries()) lines.push(`${index + 1}. ${command}`);

  section('Time');
  row('Annotating', seconds(facts.seconds.annotating));
  row('In all', seconds(facts.seconds.total));
  const rate = Math.round(summary.records / Math.max(facts.seconds.annotating, 0.001));
  row('Records per second', rate);

  section('Result');
  row(RESULT_FILES.vcf.name, `${count(facts.output.result.sizeBytes)} bytes`);
  row('', `SHA-256 ${facts.output.result.sha256}`);
  return lines.map((line) => line.trimEnd()).join('\n') + '\n';
}

function modeReason({ request, mode, report }: RunFacts): string {
  if (request.mode !== 'auto')
    return mode === 'haplotype' ? 'variants of one haplotype are joined' : 'each record for itself';
  if (mode === 'haplotype') return 'every genotype is phased or haploid: variants of one haplotype are joined';
  if (report.samples === 0) return 'the input has no samples: each record for itself';
  return 'not every genotype is phased or haploid: each record for itself';
}

// Made once: to make it costs more than all the rest of a small log.
const inEnglish = new Intl.NumberFormat('en-US');
const count = (value: number): string => inEnglish.format(value);
const seconds = (value: number): string => `${value.toFixed(2)} s`;
const samples = (value: number): string => (value === 1 ? '1 sample' : `${count(value)} samples`);

const LONGEST_TEXT = 400;

/** Names and warnings come from users: control characters could forge lines of the log. */
function printable(text: string): string {
  const clean = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '�');
  return clean.length > LONGEST_TEXT ? `${clean.slice(0, LONGEST_TEXT)}… (${clean.length} characters)` : clean;
}
