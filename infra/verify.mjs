// `npm run verify`: formatter, linter with the import rules, dependencies and their licences, types, workflow bundle and unit
// tests. Every check runs, whatever the others say, and the failed ones are named at the end.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { projectDirectory } from './setup/places.mjs';

const checks = [
  ['format', 'prettier', '--check', '--log-level', 'warn', '.'],
  ['lint', 'oxlint', '--deny-warnings'],
  ['dependencies', 'node', 'infra/dependencies.mjs'],
  ['types', 'tsc', '-p', '.'],
  ['types of the pages', 'tsc', '-p', 'web'],
  ['workflow bundle', 'node', 'workers/bundle.ts', 'build/workflows.js'],
  ['unit tests', 'vitest', 'run', '--project', 'unit'],
].filter(([name]) => name !== 'types of the pages' || existsSync(join(projectDirectory, 'web', 'tsconfig.json')));

const bin = join(projectDirectory, 'node_modules', '.bin');
const failed = [];
for (const [name, program, ...args] of checks) {
  const since = Date.now();
  const { status } = spawnSync(join(bin, program), args, {
    cwd: projectDirectory,
    stdio: 'inherit',
    env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
  });
  const seconds = ((Date.now() - since) / 1000).toFixed(1);
  console.log(`verify: ${name}: ${status === 0 ? 'good' : 'FAILED'} (${seconds} s)`);
  if (status !== 0) failed.push(name);
}
console.log(failed.length === 0 ? 'verify: all good' : `verify: FAILED: ${failed.join(', ')}`);
process.exit(failed.length === 0 ? 0 : 1);
