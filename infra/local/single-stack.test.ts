// One stack per home.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openHome } from './home.ts';
import { claimHome } from './single-stack.ts';

test('a second stack is refused by the pid of the first, until that lets go or is gone', async () => {
  const home = openHome(await mkdtemp(join(tmpdir(), 'varloom-home-')));
  const letGo = claimHome(home);
  expect(() => claimHome(home)).toThrow(new RegExp(`\\(pid ${process.pid}\\)`));
  letGo();
  await writeFile(join(home.run, 'stack.pid'), JSON.stringify({ pid: process.pid, startedAt: 'another time' }));
  expect(() => claimHome(home)).not.toThrow(/pid/);
  await rm(home.directory, { recursive: true });
});
