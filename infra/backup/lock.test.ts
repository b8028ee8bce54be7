// One backup at a time writes into a directory, and one that was killed is in nobody's way.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { identify } from '../process-identity.ts';
import { refuseWhileHeld, withLock } from './lock.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'varloom-lock-'));
});
afterEach(() => rm(directory, { recursive: true }));

const hold = (text: string) => writeFile(join(directory, 'backup.lock'), text);
const answer = () => withLock(directory, async () => 'done');

it('refuses a second one while the first runs, and lets it in afterwards', async () => {
  await withLock(directory, async () => {
    await expect(answer()).rejects.toThrow(`process ${process.pid} on ${hostname()} is writing a backup there`);
    await expect(refuseWhileHeld(directory)).rejects.toThrow('is writing a backup there');
  });
  expect(await answer()).toBe('done');
  expect(await readdir(directory)).toEqual([]);
});

it('gives the directory back when the backup fails', async () => {
  const failing = withLock(directory, () => Promise.reject(new Error('no more room')));
  await expect(failing).rejects.toThrow('no more room');
  expect(await answer()).toBe('done');
});

it('recognises the lock of a process that was killed, also when its number is another’s now', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  await once(child, 'spawn');
  const killed = { ...identify(child.pid ?? 0), host: hostname() };
  await hold(JSON.stringify(killed));
  await expect(answer()).rejects.toThrow(`process ${child.pid}`);
  child.kill('SIGKILL');
  await once(child, 'close');
  await refuseWhileHeld(directory);
  expect(await answer()).toBe('done');

  await hold(JSON.stringify({ pid: process.pid, startedAt: 'long ago', host: hostname() }));
  expect(await answer()).toBe('done');
  expect(await readdir(directory)).toEqual([]);
});

it.each([
  ['of another host', JSON.stringify({ pid: 1, startedAt: 'long ago', host: 'elsewhere' })],
  ['that is being written', ''],
])('believes a lock %s', async (_, text) => {
  await hold(text);
  await expect(answer()).rejects.toThrow('remove');
  expect(await readFile(join(directory, 'backup.lock'), 'utf8')).toBe(text);
});
