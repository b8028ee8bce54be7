// The set-up: what counts as installed, and that nothing half-finished does.
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type * as Modules from './node-modules.mjs';
import type * as Places from './places.mjs';

let directory: string;
let places: typeof Places;
let modules: typeof Modules;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'varloom-setup-'));
  vi.stubEnv('VARLOOM_CACHE', directory); // read when the module is loaded, which another file may have done
  vi.resetModules();
  places = await import('./places.mjs');
  modules = await import('./node-modules.mjs');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  vi.resetModules();
  await rm(directory, { recursive: true, force: true });
});

test('an installation that failed half-way leaves nothing behind', async () => {
  const failing = places.buildInCache('thing', async (draft) => {
    await writeFile(join(draft, 'half'), '');
    throw new Error('no network');
  });
  await expect(failing).rejects.toThrow('no network');
  expect(await readdir(directory)).toEqual([]);
});

test('a finished installation is not made twice', async () => {
  let built = 0;
  const build = async (draft: string) => {
    built += 1;
    await writeFile(join(draft, 'whole'), '');
  };
  const path = await places.buildInCache('other', build);
  expect(await places.buildInCache('other', build)).toBe(path);
  expect([built, existsSync(join(path, 'whole'))]).toEqual([1, true]);
});

test('the lock of a set-up that was killed is taken over', async () => {
  await writeFile(join(directory, 'setup.lock'), '999999999');
  await expect(
    places.withLock(
      () => {},
      async () => 'done',
    ),
  ).resolves.toBe('done');
});

test('node modules are current only in the versions of the lock file', () => {
  const wanted = {
    '': {},
    'node_modules/a': { version: '1.0.0' },
    'node_modules/b': { version: '2.0.0', optional: true },
  };
  expect(modules.isSatisfied(wanted, { 'node_modules/a': { version: '1.0.0' } })).toBe(true);
  expect(modules.isSatisfied(wanted, { 'node_modules/a': { version: '1.0.1' } })).toBe(false);
  expect(modules.isSatisfied(wanted, {})).toBe(false);
});
