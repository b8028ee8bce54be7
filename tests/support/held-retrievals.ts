// What is asked of the emulated archive is there a moment later; a test that looks at what happens before holds it.

import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** integration: a directory of marks, which the emulator looks at. */
    heldRetrievals: string;
  }
}

const markOf = (bucket: string, key: string) => join(inject('heldRetrievals'), encodeURIComponent(`${bucket}/${key}`));

/** From the next request on for this object, until it is released. `bucket` is the bucket's name. */
export function holdRetrieval(bucket: string, key: string): Promise<void> {
  return writeFile(markOf(bucket, key), '');
}

export function releaseRetrieval(bucket: string, key: string): Promise<void> {
  return rm(markOf(bucket, key));
}
