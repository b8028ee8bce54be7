// Directories in which runs work: each has its own, which tells whose it is, so that those of dead processes can be found.

import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

const OLDEST_MS = 24 * 60 * 60 * 1000;
const NAME = /^(.+)-(\d+)-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** Those of this process that are in use. A process that starts anew may get the pid of the one before it. */
const inUse = new Set<string>();

function stagingRoot(workDirectory: string): string {
  return join(workDirectory, 'staging');
}

/** Lends a new, empty directory to `use`, and removes it with all that is in it when that has ended. */
export async function withStaging<Result>(
  workDirectory: string,
  use: (path: string) => Promise<Result>,
): Promise<Result> {
  const name = `${hostname()}-${process.pid}-${randomUUID()}`;
  const path = join(stagingRoot(workDirectory), name);
  inUse.add(name);
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    return await use(path);
  } finally {
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
    inUse.delete(name);
  }
}

/** Removes the directories of dead processes of this host, and any older than a day. Answers with their names. */
export async function sweepStaging(workDirectory: string): Promise<string[]> {
  const root = stagingRoot(workDirectory);
  const names = await readdir(root).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const removed: string[] = [];
  for (const name of names) {
    if (!(await isLeftBehind(root, name))) continue;
    await rm(join(root, name), { recursive: true, force: true });
    removed.push(name);
  }
  return removed;
}

async function isLeftBehind(root: string, name: string): Promise<boolean> {
  if (inUse.has(name)) return false;
  const [, host, pid] = NAME.exec(name) ?? [];
  if (host === hostname() && (Number(pid) === process.pid || !isAlive(Number(pid)))) return true;
  const facts = await stat(join(root, name)).catch(() => undefined);
  return facts !== undefined && Date.now() - facts.mtimeMs > OLDEST_MS;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, under another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
