// The project's node modules, by `npm ci`. npm's own record of what it installed tells whether they fit the lock file.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory, isExecutable, projectDirectory } from './places.mjs';
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
  await run('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: projectDirectory,
    // Set by an enclosing `npm run`; they would make this npm think that it runs inside a script of the project.
    env: { npm_config_ignore_scripts: 'false', npm_lifecycle_event: undefined, npm_config_argv: undefined },
    limitSeconds: 900,
    remedy: 'Check the network and the npm registry settings (npm config get registry), then run the command again.',
  });
  rmSync(unfinished, { force: true });
}
