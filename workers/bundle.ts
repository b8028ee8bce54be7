// Bundles the workflows: `node workers/bundle.ts OUTFILE`. Production runs a bundle made beforehand.

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, type BundleOptions } from '@temporalio/worker';
import { failureConverterPath } from '../temporal/data-converter.ts';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

const bundleOptions: BundleOptions = {
  workflowsPath: path('../workflows/index.ts'),
  workflowInterceptorModules: [path('../workflows/interceptors.ts')],
  failureConverterPath,
};

export async function bundleWorkflows(): Promise<string> {
  const { code } = await bundleWorkflowCode({
    ...bundleOptions,
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
