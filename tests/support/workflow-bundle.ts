// The code of the workflows, as `bundle-setup.ts` has bundled it for all files.

import { readFile } from 'node:fs/promises';
import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** integration, saga: where the bundle is. */
    workflowBundle: string;
  }
}

export async function workflowBundle(): Promise<{ code: string }> {
  return { code: await readFile(inject('workflowBundle'), 'utf8') };
}
