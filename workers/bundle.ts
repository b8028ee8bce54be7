// Bundles the workflows: `node workers/bundle.ts OUTFILE`. Production runs a bundle made beforehand.

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, type BundleOptions } from '@temporalio/worker';
import { failureConverterPath } from '../temporal/data-converter.ts';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

const bundleOptions: Omit<BundleOptions, 'workflowsPath'> = {
  workflowInterceptorModules: [path('../workflows/interceptors.ts')],
  failureConverterPath,
};

/** The code of the workflows that the module at `workflowsPath` exports: ours, unless a test names another version of them. */
export async function bundleWorkflows(workflowsPath = path('../workflows/index.ts')): Promise<string> {
  const { code } = await bundleWorkflowCode({
    ...bundleOptions,
    workflowsPath,
    logger: {
      log: () => {},
      trace: () => {},
      debug: () => {},
      info: () => {},
      warn: (message) => process.stderr.write(`${message}\n`),
      error: (message) => process.stderr.write(`${message}\n`),
    },
  });
  return code;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const outFile = process.argv[2];
  if (!outFile) {
    process.stderr.write('usage: node workers/bundle.ts OUTFILE\n');
    process.exit(2);
  }
  await mkdir(dirname(outFile), { recursive: true });
  await writeFile(outFile, await bundleWorkflows());
}
