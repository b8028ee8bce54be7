// The annotation engine on bcftools: consequences by `bcftools csq`, known variants by `bcftools annotate`.
// A first look at the input chooses mode and header; then one pass does the rest, and a second only when the look misled.

import { execFile } from 'node:child_process';
import { addAbortListener } from 'node:events';
import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { VarloomError } from '../../../domain/errors.ts';
import type { ResolvedConsequenceMode } from '../../../domain/jobs.ts';
import { RESULT_FILES } from '../../../domain/result-files.ts';
import type { AnnotationEngine, AnnotationOutcome, AnnotationRequest } from '../engine.ts';
import { annotatingStages, compressingStage, linkReference, SCRATCH_NAME } from './commands.ts';
import { stageWarnings } from './diagnosis.ts';
import { commandLine } from './processes.ts';
import { writeReports, type RunFacts } from './reports.ts';
import { runPipeline, type PipelineResult } from './run.ts';
import type { ScanReport, ScanRequest } from './scan-report.ts';
import { createShellPool } from './shells.ts';
import { createThreadPool } from './threads.ts';
import { watchBounds } from './bounds.ts';

export interface BcftoolsOptions {
  /** Paths of the programs; without them they are looked for on PATH. */
  bcftools?: string;
  bgzip?: string;
  /** Worker threads kept while idle, two a core unless told; a run uses two. */
  idleThreads?: number;
  /** How much of the text the first look reads; a smaller input is seen whole, and no look can mislead. */
  lookBytes?: number;
}

const LOOK_BYTES = 4 * 1024 * 1024;

/** The engine keeps idle threads and shells, which `close` ends; they do not keep the process alive. */
export function createBcftoolsEngine(options: BcftoolsOptions = {}): AnnotationEngine & { close(): Promise<void> } {
  const { bcftools = 'bcftools', bgzip = 'bgzip', lookBytes = LOOK_BYTES } = options;
  const threads = createThreadPool(options.idleThreads ?? 2 * availableParallelism());
  const shells = createShellPool(availableParallelism());
  let version: Promise<string> | undefined;
  const versionOnce = (): Promise<string> => {
    version ??= engineVersion(bcftools);
    // A failure is not remembered: the program may be installed meanwhile.
    version.catch(() => (version = undefined));
    return version;
  };

  async function annotate(request: AnnotationRequest): Promise<AnnotationOutcome> {
    const startedAt = new Date();
    const { directory, reference, inputSizeBytes } = request;
    const bounds = watchBounds(request.signal, request.limits);
    const { signal } = bounds;
    try {
      signal.throwIfAborted();
      const engineName = await versionOnce();
      const names = linkReference(reference, directory);

      request.onProgress({ phase: 'validating', records: 0, percent: 0 });
      const stopFlag = new Int32Array(new SharedArrayBuffer(4));
      const stopLook = addAbortListener(signal, () => void Atomics.store(stopFlag, 0, 1));
      const look = await threads.withThread((thread) =>
        thread.perform<'scan'>({
          kind: 'scan',
          request: scanRequest(request, { lookBytes, expectsPhased: false, headerLines: [] }),
          outputFd: undefined,
          stop: stopFlag,
        }),
      );
      stopLook[Symbol.dispose]();
      const lookedAt = performance.now();

      const attempt = async (seen: ScanReport): Promise<{ mode: ResolvedConsequenceMode; result: PipelineResult }> => {
        const mode = resolveMode(request.mode, seen);
        request.onProgress({ phase: 'annotating', records: 0, percent: 0 });
        const result = await runPipeline(
          { threads, shells },
          {
            directory,
            annotating: annotatingStages(bcftools, names, mode),
            compressing: compressingStage(bgzip),
            scan: scanRequest(request, {
              expected: seen.undeclared,
              expectsPhased: request.mode === 'auto' && mode === 'haplotype',
              headerLines: [headerLine(engineName, mode, request)],
            }),
            countsKnown: names.known !== undefined,
            signal,
            onProgress: (records, readBytes) => {
              const percent = Math.min(100, (100 * readBytes) / Math.max(1, inputSizeBytes));
              request.onProgress({ phase: 'annotating', records, percent });
            },
            watch: bounds.watchMemory,
          },
        );
        return { mode, result };
      };
      let { mode, result } = await attempt(look);
      if (!result.foreseen) ({ mode, result } = await attempt(result.report));
      // The second run was prepared by a report of the whole input: nothing can surprise it but a changing file.
      if (!result.foreseen) throw new VarloomError('input_changed', 'The staged input changed while it was read.');
      signal.throwIfAborted();

      const annotatedAt = performance.now();
      const stages = annotatingStages(bcftools, names, mode);
      const facts: RunFacts = {
        request,
        engine: { name: 'bcftools', version: engineName },
        mode,
        report: result.report,
        summary: result.summary,
        output: result.output,
        commands: [...stages, compressingStage(bgzip)].map(commandLine),
        warnings: [...inputWarnings(result.report), ...stageWarnings(result.exits)],
        startedAt,
        seconds: { annotating: (annotatedAt - lookedAt) / 1000, total: (Date.now() - startedAt.getTime()) / 1000 },
      };
      const outcome = writeReports(facts);
      await rm(join(directory, SCRATCH_NAME), { recursive: true, force: true });
      return outcome;
    } catch (error) {
      const leftBehind = [...Object.values(RESULT_FILES).map(({ name }) => name), SCRATCH_NAME];
      await Promise.all(leftBehind.map((name) => rm(join(directory, name), { recursive: true, force: true })));
      // An abort shows first as a thread or a process that was stopped.
      if (signal.aborted) throw signal.reason;
      throw error;
    } finally {
      bounds.end();
    }
  }

  const close = async (): Promise<void> => void (await Promise.all([threads.close(), shells.close()]));
  return { name: 'bcftools', annotate, close };
}

function scanRequest(
  request: AnnotationRequest,
  plan: Pick<ScanRequest, 'expectsPhased' | 'headerLines'> & Partial<Pick<ScanRequest, 'lookBytes' | 'expected'>>,
): ScanRequest {
  const { limits, reference } = request;
  return {
    inputPath: request.inputPath,
    fastaPath: reference.fastaPath,
    contigs: reference.contigs.map(({ name, length }) => ({ name, length })),
    limits,
    lookBytes: plan.lookBytes,
    expected: plan.expected ?? { info: [], format: [], filter: [] },
    headerLines: plan.headerLines,
    expectsPhased: plan.expectsPhased,
  };
}

/** `auto` joins neighbours only where the input says which haplotype each allele is on, in every record. */
function resolveMode(asked: AnnotationRequest['mode'], seen: ScanReport): ResolvedConsequenceMode {
  if (asked !== 'auto') return asked;
  return seen.samples > 0 && seen.everyGenotypePhased ? 'haplotype' : 'local';
}

function headerLine(engineName: string, mode: ResolvedConsequenceMode, { reference }: AnnotationRequest): string {
  const checksums = `fasta_sha256=${reference.checksums.fasta},gff_sha256=${reference.checksums.gff}`;
  const name = reference.name.replaceAll(/[^\w.-]/g, '_');
  return `##varloom_annotation=<ID=consequences,Engine="${engineName}",Mode=${mode},Reference=${name},${checksums}>`;
}

function inputWarnings(report: ScanReport): string[] {
  const warnings: string[] = [];
  const { undeclared } = report;
  const renamed = Object.entries(report.renamed);
  if (report.records === 0) warnings.push('The input has a header only: 0 records were annotated.');
  if (renamed.length > 0) {
    const pairs = renamed.slice(0, 30).map(([from, to]) => `${from} → ${to}`);
    warnings.push(
      `Contig names were changed to those of the reference: ${pairs.join(', ')}${renamed.length > 30 ? ', …' : ''}.`,
    );
  }
  for (const [kind, names] of [
    ['INFO', undeclared.info],
    ['FORMAT', undeclared.format],
    ['FILTER', undeclared.filter],
  ] as const) {
    if (names.length > 0)
      warnings.push(
        `The header did not declare these ${kind} names; declarations were added: ${names.slice(0, 30).join(', ')}.`,
      );
  }
  if (report.undeclaredContigs > 0)
    warnings.push(`The header did not declare ${report.undeclaredContigs} contigs of the reference; they were added.`);
  if (report.otherLengths.length > 0) {
    const names = report.otherLengths.slice(0, 10).join(', ');
    warnings.push(
      `The header gave other lengths than the reference has for: ${names}. Check that this is the right genome.`,
    );
  }
  for (const name of report.redeclares) {
    warnings.push(`The input already had INFO/${name}; values of annotated records were replaced.`);
  }
  return warnings;
}

async function engineVersion(bcftools: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(bcftools, ['--version']);
    const [first, second] = stdout.split('\n');
    const htslib = /htslib (\S+)/.exec(second ?? '')?.[1];
    return `${first ?? 'bcftools'}${htslib === undefined ? '' : ` (htslib ${htslib})`}`;
  } catch (error) {
    throw new VarloomError('engine_failed', 'bcftools cannot be started on this worker.', undefined, { cause: error });
  }
}
