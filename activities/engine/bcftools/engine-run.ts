// Runs the real engine on a text in a directory of its own, for tests of the engine.

import { createHash } from 'node:crypto';
import { mkdtemp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type {
  AnnotationEngine,
  AnnotationOutcome,
  AnnotationRequest,
  EngineLimits,
  LocalReference,
} from '../engine.ts';

export const TEST_LIMITS: EngineLimits = {
  inflatedBytes: 1024 ** 3,
  lineBytes: 4 * 1024 ** 2,
  recordsPerPosition: 1_000,
  headerBytes: 64 * 1024 ** 2,
  memoryBytes: 1024 ** 3,
  wallSeconds: 120,
};

export interface EngineRun {
  outcome: AnnotationOutcome | undefined;
  error: unknown;
  /** What is in the directory of outputs after the run. */
  files: string[];
}

/** Never throws: a test looks at `outcome` or `error`. */
export async function runEngine(
  engine: AnnotationEngine,
  root: string,
  reference: LocalReference,
  input: string | Uint8Array,
  setting: Partial<Pick<AnnotationRequest, 'mode' | 'signal' | 'onProgress' | 'inputFileName'>> & {
    limits?: Partial<EngineLimits>;
  } = {},
): Promise<EngineRun> {
  const place = await mkdtemp(join(root, 'run-'));
  const inputPath = join(place, 'input');
  const directory = join(place, 'output');
  const bytes = Buffer.from(input);
  await writeFile(inputPath, bytes);
  await mkdir(directory);
  const { limits, ...rest } = setting;
  let outcome: AnnotationOutcome | undefined;
  let error: unknown;
  try {
    outcome = await engine.annotate({
      inputPath,
      inputSha256: createHash('sha256').update(bytes).digest('hex'),
      inputSizeBytes: bytes.length,
      inputFileName: 'input.vcf',
      directory,
      reference,
      mode: 'auto',
      limits: { ...TEST_LIMITS, ...limits },
      signal: new AbortController().signal,
      onProgress: () => {},
      ...rest,
    });
  } catch (thrown) {
    error = thrown;
  }
  return { outcome, error, files: (await readdir(directory)).toSorted() };
}

/** The records of an annotated VCF, each split into its columns. */
export function recordsOf(vcf: Uint8Array): string[][] {
  const text = gunzipSync(vcf).toString();
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split('\t'));
}

/** The value of an INFO key, or undefined. */
export function infoOf(record: readonly string[], key: string): string | undefined {
  const field = record[7]?.split(';').find((part) => part.startsWith(`${key}=`));
  return field?.slice(key.length + 1);
}
