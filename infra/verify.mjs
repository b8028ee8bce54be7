// `npm run verify`: formatter, linter with the import rules, dependencies, their licences and known vulnerabilities, types,
// workflow bundle and unit tests. Every check runs, whatever the others say; the failed and the skipped ones are named at the end.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { projectDirectory } from './setup/places.mjs';

const checks = [
  ['format', 'prettier', '--check', '--log-level', 'warn', '.'],
  ['lint', 'oxlint', '--deny-warnings'],
  ['dependencies', 'node', 'infra/dependencies.mjs'],
  ['known vulnerabilities', 'node', 'infra/advisories.mjs'],
  ['types', 'tsc', '-p', '.'],
  ['types of the pages', 'tsc', '-p', 'web'],
  ['workflow bundle', 'node', 'workers/bundle.ts', 'build/workflows.js'],
  ['unit tests', 'vitest', 'run', '--project', 'unit'],
].filter(([name]) => name !== 'types of the pages' || existsSync(join(projectDirectory, 'web', 'tsconfig.json')));

const bin = join(projectDirectory, 'node_modules', '.bin');
/** What a check exits with that could not look. */
const SKIPPED = 77;
const failed = [];
const skipped = [];
for (const [name, program, ...args] of checks) {
  const since = Date.now();
  const { status } = spawnSync(join(bin, program), args, {
    cwd: projectDirectory,
    stdio: 'inherit',
    env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
  });
  const seconds = ((Date.now() - since) / 1000).toFixed(1);
  const outcome = status === 0 ? 'good' : status === SKIPPED ? 'SKIPPED' : 'FAILED';
  console.log(`verify: ${name}: ${outcome} (${seconds} s)`);
  if (outcome === 'FAILED') failed.push(name);
  if (outcome === 'SKIPPED') skipped.push(name);
}
if (skipped.length > 0) console.log(`verify: skipped, so not known: ${skipped.join(', ')}`);
console.log(failed.length === 0 ? 'verify: all good' : `verify: FAILED: ${failed.join(', ')}`);
process.exit(failed.length === 0 ? 0 : 1);
