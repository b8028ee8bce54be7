// The project's node modules, by `npm ci`. npm's own record of what it installed tells whether they fit the lock file.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory, isExecutable, projectDirectory } from './places.mjs';
import { SetupError } from './report.mjs';
import { run } from './run.mjs';

const modules = join(projectDirectory, 'node_modules');
// Stands while an installation runs: one that was killed half-way must not pass for a finished one.
const unfinished = join(
  cacheDirectory,
  `installing-${createHash('sha256').update(projectDirectory).digest('hex').slice(0, 16)}`,
);

export function nodeModulesAreCurrent() {
  if (existsSync(unfinished) || !isExecutable(join(modules, '.bin', 'node'))) return false;
  try {
    const wanted = JSON.parse(readFileSync(join(projectDirectory, 'package-lock.json'), 'utf8')).packages;
    const installed = JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8')).packages;
    return isSatisfied(wanted, installed);
  } catch {
    return false;
  }
}

/** True when every package of the lock file is installed in its version; optional ones (other systems') may be absent. */
export function isSatisfied(wanted, installed) {
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '' || entry.link) return true;
    const present = installed[path];
    return present ? present.version === entry.version : Boolean(entry.optional || entry.devOptional);
  });
}

export async function installNodeModules(say) {
  say('npm ci');
  mkdirSync(cacheDirectory, { recursive: true });
  writeFileSync(unfinished, projectDirectory);
  const npm = (...args) =>
    run('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: projectDirectory,
      limitSeconds: 900,
      remedy: 'Check the network and the npm registry settings (npm config get registry), then run the command again.',
    });
  try {
    await npm('ci');
  } catch (error) {
    // A lock file made where the registry lacks the packages of other systems has no entries for them, and `npm ci`
    // takes that for a lock file out of date. `npm install` keeps to the locked versions, which is checked below.
    if (!/Missing: .* from lock file|npm help ci/.test(error.remedy)) throw error;
    say('npm ci calls the lock file incomplete, trying npm install --no-save');
    await npm('install', '--no-save');
  }
  rmSync(unfinished, { force: true });
  if (!nodeModulesAreCurrent()) {
    writeFileSync(unfinished, projectDirectory);
    throw new SetupError(
      'what npm installed is not what the lock file says',
      'Run npm install, look at the changes of package-lock.json, and commit them if they are meant.',
    );
  }
}
