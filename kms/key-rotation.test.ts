// Keys are added and activated: the file is whole at any time, keeps its mode, and nothing prints a key.

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readPayloadKeys } from '../temporal/payload-keys.ts';
import { activateKey, addKey, listKeys } from './key-rotation.ts';

const first = randomBytes(32).toString('base64');
let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'keys-'));
  path = join(directory, 'keys.json');
  await writeFile(path, JSON.stringify({ active: 'first', keys: { first } }));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

it('adds a key that does not encrypt yet, then makes it active; the old one stays', async () => {
  const added = await addKey(path);
  expect(await listKeys(path)).toEqual([
    { id: 'first', isActive: true },
    { id: added, isActive: false },
  ]);
  await activateKey(path, added);
  const { activeKeyId, keys } = readPayloadKeys(path);
  expect([activeKeyId, [...keys.keys()]]).toEqual([added, ['first', added]]);
  expect(keys.get('first')?.export().toString('base64')).toBe(first);
  expect(keys.get(added)?.export()).toHaveLength(32);
});

it('keeps the mode of the file, and the link that stands for it', async () => {
  await chmod(path, 0o640);
  const link = join(directory, 'link.json');
  await symlink(path, link);
  await addKey(link, 'second');
  expect((await stat(path)).mode & 0o777).toBe(0o640);
  expect((await listKeys(path)).map(({ id }) => id)).toEqual(['first', 'second']);
});

it.for<[string, () => Promise<unknown>, RegExp]>([
  ['a key that is there', () => addKey(path, 'first'), /already/],
  ['an id that is none', () => addKey(path, 'a b'), /letters/],
  ['a number', () => addKey(path, '7'), /not a number/],
  ['a key that is not there', () => activateKey(path, 'second'), /no key second/],
  ['what every object has', () => activateKey(path, 'constructor'), /no key constructor/],
])('refuses %s, and leaves the file as it was', async ([, act, reason]) => {
  const before = await readFile(path);
  await expect(act()).rejects.toThrow(reason);
  expect(await readFile(path)).toEqual(before);
  await addKey(path, 'afterwards');
});

it('refuses a file that is none, and one that somebody else changes', async () => {
  await writeFile(path, `{"active": "first", "keys": {"first": "${first}"`);
  await expect(addKey(path)).rejects.toThrow(/cannot be read as JSON/);
  await expect(addKey(path)).rejects.not.toThrow(first);
  await writeFile(path, JSON.stringify({ active: 'first', keys: { first } }));
  await writeFile(`${path}.new`, '');
  await expect(addKey(path)).rejects.toThrow(/somebody else changes the keys/);
});

it('twenty at once lose nothing: each key is there, or was refused', async () => {
  const results = await Promise.allSettled(Array.from({ length: 20 }, (_, i) => addKey(path, `k-${i}`)));
  const added = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  expect(added.length).toBeGreaterThan(0);
  expect((await listKeys(path)).map(({ id }) => id).toSorted()).toEqual(['first', ...added].toSorted());
});

it('as a command: says what to do next, and never a key', async () => {
  const run = (...args: string[]) =>
    new Promise<{ code: number; output: string }>((resolve) => {
      const script = fileURLToPath(new URL('./main.ts', import.meta.url));
      const env = { PATH: process.env['PATH'], PAYLOAD_KEYS_FILE: path };
      execFile(process.execPath, [script, ...args], { env }, (error, stdout, stderr) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, output: stdout + stderr }),
      );
    });
  const outputs = [await run('add', 'second'), await run('activate', 'second'), await run('list')];
  expect(outputs.map(({ code }) => code)).toEqual([0, 0, 0]);
  expect(outputs[0]?.output).toContain('npm run keys -- activate second');
  expect(outputs[2]?.output).toBe('first\nsecond  active\n');
  const failed = [await run(), await run('activate', 'third'), await run('list', '--patients'), await run('drop', 'x')];
  expect(failed.map(({ code }) => code)).toEqual([2, 1, 2, 2]);
  const text = [...outputs, ...failed].map(({ output }) => output).join('');
  const { keys } = JSON.parse(await readFile(path, 'utf8')) as { keys: Record<string, string> }; // written above
  for (const key of Object.values(keys)) expect(text).not.toContain(key);
});
