// Bundles the workflows once for all files of a kind of test, and anew when they are run again.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { bundleWorkflows } from '../../workers/bundle.ts';
import type {} from './workflow-bundle.ts';

export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'varloom-workflows-'));
  const path = join(directory, 'workflows.js');
  const bundle = async () => writeFile(path, await bundleWorkflows());
  await bundle();
  project.onTestsRerun(bundle);
  project.provide('workflowBundle', path);
  return () => rm(directory, { recursive: true, force: true });
}
