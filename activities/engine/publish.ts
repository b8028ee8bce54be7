// Puts the outputs of a run into the store, all of them or none.

import { RESULT_FILES, resultFileKey, type ResultFile } from '../../domain/result-files.ts';
import type { ObjectRef, ObjectStore } from '../../store/store.ts';
import type { AnnotationOutcome, OutputFile } from './engine.ts';

export interface PublishedObject {
  /** In the bucket `results`. */
  key: string;
  sizeBytes: number;
  /** Lower-case hex. */
  sha256: string;
}

export interface PublishedObjects {
  /** What all keys begin with, without the slash. */
  prefix: string;
  vcf: PublishedObject;
  index: PublishedObject;
  log: PublishedObject;
  summary: PublishedObject;
  provenance: PublishedObject;
}

/** Uploads every output under `prefix`. When one fails, or `signal` aborts, those already there are removed again. */
export async function publishOutputs(
  store: Pick<ObjectStore, 'upload' | 'remove'>,
  prefix: string,
  outputs: AnnotationOutcome['outputs'],
  signal: AbortSignal,
): Promise<PublishedObjects> {
  const oneFailed = new AbortController();
  const either = AbortSignal.any([signal, oneFailed.signal]);
  const refOf = (output: ResultFile): ObjectRef => ({ bucket: 'results', key: resultFileKey(prefix, output) });
  const put = async (output: ResultFile): Promise<PublishedObject> => {
    const { path, sizeBytes, sha256 }: OutputFile = outputs[output];
    const ref = refOf(output);
    const file = { sizeBytes, sha256, contentType: RESULT_FILES[output].contentType };
    try {
      either.throwIfAborted();
      await store.upload(ref, path, file, { signal: either });
    } catch (error) {
      oneFailed.abort(error);
      throw error;
    }
    return { key: ref.key, sizeBytes, sha256 };
  };

  const uploads = [put('vcf'), put('index'), put('log'), put('summary'), put('provenance')] as const;
  try {
    const [vcf, index, log, summary, provenance] = await Promise.all(uploads);
    signal.throwIfAborted();
    return { prefix, vcf, index, log, summary, provenance };
  } catch (error) {
    await Promise.allSettled(uploads);
    await store.remove([refOf('vcf'), refOf('index'), refOf('log'), refOf('summary'), refOf('provenance')]);
    throw error;
  }
}
