// One backup at a time writes into a directory: `backup.lock` says which process does. One that was killed leaves its lock,
// and the next one on the same host sees that nobody holds it.

import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { identify, isIdentity, isRunning, type ProcessIdentity } from '../process-identity.ts';
import { Refused } from './settings.ts';

const NAME = 'backup.lock';
type Holder = ProcessIdentity & { host: string };

/** @throws Refused when another backup holds the directory, or may hold it */
export async function withLock<T>(directory: string, work: () => Promise<T>): Promise<T> {
  const path = join(directory, NAME);
  const own = JSON.stringify({ ...identify(process.pid), host: hostname() });
  if (!(await writeNew(path, own))) {
    await removeStale(path);
    if (!(await writeNew(path, own))) throw new Refused(await reason(path));
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

/** @throws Refused while a backup is written there */
export async function refuseWhileHeld(directory: string): Promise<void> {
  const path = join(directory, NAME);
  const text = await textOf(path);
  if (text !== undefined && !isStale(text)) throw new Refused(await reason(path));
}

const textOf = (path: string) => readFile(path, 'utf8').catch(() => undefined);

async function writeNew(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Away by its name, then looked at again: another process may have removed the stale one and locked since. */
async function removeStale(path: string): Promise<void> {
  const text = await textOf(path);
  if (text === undefined || !isStale(text)) return;
  const taken = `${path}.${randomUUID()}`;
  await rename(path, taken).catch(() => undefined);
  const found = await textOf(taken);
  if (found !== undefined && found !== text) {
    await copyFile(taken, path, constants.COPYFILE_EXCL).catch(() => undefined);
  }
  await rm(taken, { force: true });
}

/** Whether whoever wrote it has ended. Of another host nobody can say; nor of a lock that is being written. */
function isStale(text: string): boolean {
  const held = holderOf(text);
  return held !== undefined && held.host === hostname() && !isRunning(held);
}

function holderOf(text: string): Holder | undefined {
  try {
    const held: unknown = JSON.parse(text);
    return isIdentity(held) && 'host' in held && typeof held.host === 'string'
      ? { ...held, host: held.host }
      : undefined;
  } catch {
    return undefined;
  }
}

async function reason(path: string): Promise<string> {
  const held = holderOf((await textOf(path)) ?? '');
  const who = held ? `process ${held.pid} on ${held.host}` : 'another process';
  return `${who} is writing a backup there. If it is not (it was killed on another host): remove ${path}`;
}
