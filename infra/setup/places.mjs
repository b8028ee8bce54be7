// Where things are: the project, the user's cache, and the record of installed tools that the local stack reads.
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';

export const projectDirectory = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');

export const cacheDirectory = resolve(
  process.env.VARLOOM_CACHE ?? join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'varloom'),
);

const toolsFile = join(cacheDirectory, 'tools.json');

/** The recorded paths: `{ temporal?, testServer?, ministackPython?, stripeMock? }`. A damaged record counts as empty. */
export function readTools() {
  try {
    return JSON.parse(readFileSync(toolsFile, 'utf8'));
  } catch {
    return {};
  }
}

export function recordTools(found) {
  mkdirSync(cacheDirectory, { recursive: true });
  const draft = `${toolsFile}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify({ ...readTools(), ...found }, null, 2)}\n`);
  renameSync(draft, toolsFile);
}

export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The full path of a program on PATH, or undefined. npm puts node_modules/.bin first, which is as it should be. */
export function onPath(program) {
  for (const directory of (process.env.PATH ?? '').split(delimiter)) {
    if (directory && isExecutable(join(directory, program))) return join(directory, program);
  }
  return undefined;
}

/**
 * Builds a directory of the cache as a whole or not at all: `build` fills a temporary one, which is then renamed.
 * Answers the path; an existing directory is finished by construction and is left as it is.
 */
export async function buildInCache(name, build) {
  const target = join(cacheDirectory, name);
  if (existsSync(target)) return target;
  mkdirSync(cacheDirectory, { recursive: true });
  const draft = await mkdtemp(join(cacheDirectory, `.${name}-`));
  try {
    await build(draft);
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
  return target;
}

/** Runs `work` while no other setup of this cache runs. A lock whose process is gone is taken over. */
export async function withLock(onWait, work) {
  mkdirSync(cacheDirectory, { recursive: true });
  const lock = join(cacheDirectory, 'setup.lock');
  let waiting = false;
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const holder = Number(readFileOrNothing(lock));
    if (holder > 0 && !isAlive(holder)) {
      rmSync(lock, { force: true });
      continue;
    }
    if (!waiting) onWait();
    waiting = true;
    await pause(500);
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function readFileOrNothing(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
