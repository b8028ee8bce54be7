// The objects of the results bucket: results live under `<jobId>/<attempt>/…`, restored ones under
// `<jobId>/restored-<generation>/…`, archived copies under `archive/<jobId>/<generation>`.

import { isId, jobId, type JobId } from '../../domain/ids.ts';
import type { ObjectRef } from '../../store/store.ts';

export const inResults = (key: string): ObjectRef => ({ bucket: 'results', key });

/** The job that an object belongs to; undefined for what is no job's, such as reference genomes. */
export function ownerOf(key: string): JobId | undefined {
  const [first, second] = key.split('/');
  const id = first === 'archive' ? second : first;
  return id !== undefined && isId(id) ? jobId(id) : undefined;
}
