// The pages that the gateway serves: built when a source is newer, bigger or other than at the last build.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectDirectory } from './places.mjs';
import { run } from './run.mjs';

const stampFile = join(projectDirectory, 'build', 'web.stamp');

export function webPagesAreCurrent() {
  if (!existsSync(join(projectDirectory, 'web', 'vite.config.ts'))) return true;
  if (!existsSync(join(projectDirectory, 'build', 'web', 'index.html'))) return false;
  try {
    return readFileSync(stampFile, 'utf8') === fingerprint();
  } catch {
    return false;
  }
}

export async function buildWebPages(say) {
  say('vite build');
  const before = fingerprint();
  await run(join(projectDirectory, 'node_modules', '.bin', 'vite'), ['build', 'web', '--logLevel', 'warn'], {
    cwd: projectDirectory,
    env: { PATH: `${join(projectDirectory, 'node_modules', '.bin')}:${process.env.PATH}` },
    limitSeconds: 300,
  });
  mkdirSync(join(projectDirectory, 'build'), { recursive: true });
  writeFileSync(stampFile, before); // a source that changed meanwhile makes the next run build again
}

/** A hash of names, sizes and times of what the pages are made of: reading every file would cost too much. */
function fingerprint() {
  const hash = createHash('sha256');
  const add = (path) => {
    const status = statSync(path);
    if (status.isDirectory()) {
      for (const name of readdirSync(path).sort()) if (name !== 'node_modules') add(join(path, name));
    } else if (!/\.test\.tsx?$/.test(path)) {
      hash.update(`${path}\0${status.size}\0${status.mtimeMs}\n`);
    }
  };
  for (const name of ['web', 'domain', 'package-lock.json']) add(join(projectDirectory, name));
  return hash.digest('hex');
}
