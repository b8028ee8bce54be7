// Starting, failing and stopping one process, as a person at the terminal would notice it.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { identify, isRunning } from '../process-identity.ts';
import { runToEnd, startProcess } from './running-process.ts';
import type { ProcessPlan } from './running-process.ts';

let directory: string;
let log: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'varloom-process-'));
  log = join(directory, 'a.log');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const script = (program: string): ProcessPlan => ({
  name: 'a',
  command: process.execPath,
  args: ['--eval', program],
  isReady: (output) => output().includes('up'),
  readyWithinSeconds: 30,
  stopSignal: 'SIGTERM',
  stopWithinSeconds: 10,
});
const staysUp = `console.log('up'); setInterval(() => {}, 1e6);`;

test('is ready when it says so, and gone when it was stopped', async () => {
  const running = await startProcess(script(staysUp), log);
  expect(isRunning(running.identity)).toBe(true);
  await running.stop();
  expect(isRunning(running.identity)).toBe(false);
  await expect(running.ended).resolves.toBe('was ended by SIGTERM');
});

test('is ended by force when it does not listen', async () => {
  const deaf = { ...script(`process.on('SIGTERM', () => {}); ${staysUp}`), stopWithinSeconds: 0.2 };
  const running = await startProcess(deaf, log);
  await running.stop();
  await expect(running.ended).resolves.toBe('was ended by SIGKILL');
});

test('a start that fails is told with its last lines and the path of the log', async () => {
  const start = startProcess(script(`console.error('no port for me'); process.exit(3)`), log);
  await expect(start).rejects.toThrow(/^a exited with 3\.[^]*no port for me[^]*a\.log$/);
});

test('a program that does not exist is told as such', async () => {
  await expect(startProcess({ ...script(''), command: '/nowhere/at-all' }, log)).rejects.toThrow(
    /could not be started.*ENOENT/,
  );
});

test('a start that takes too long leaves nothing running', async () => {
  const silent = { ...script(`console.log(process.pid); setInterval(() => {}, 1e6);`), readyWithinSeconds: 2 };
  await expect(startProcess(silent, log)).rejects.toThrow('a was not ready within 2 s');
  const pid = Number(await readFile(log, 'utf8'));
  expect(identify(pid)).toBeUndefined();
});

test('an abort stops what is still starting', async () => {
  const abort = new AbortController();
  const plan = { ...script(`setInterval(() => {}, 1e6);`), isReady: () => (abort.abort(), false) };
  await expect(startProcess(plan, log, abort.signal)).rejects.toThrow('a was stopped while it started');
});

test('a step of the start runs to its end, and its failure is told', async () => {
  const step = (program: string) => runToEnd('step', process.execPath, ['--eval', program], {}, log, 30);
  await expect(step(`console.log('done')`)).resolves.toBeUndefined();
  await expect(step(`console.error('no table'); process.exitCode = 1`)).rejects.toThrow(
    /step exited with 1[^]*no table/,
  );
});
