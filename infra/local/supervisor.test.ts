// A stack's processes: restarted when they die, given up when they keep dying, found again after a kill -9 of the stack.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openHome } from './home.ts';
import type { Home } from './home.ts';
import { identify, isRunning } from '../process-identity.ts';
import type { ProcessPlan } from './running-process.ts';
import { STACK_MARK, Supervisor } from './supervisor.ts';

let home: Home;
let supervisor: Supervisor;
let said: string[];
let hear: () => void;

beforeEach(async () => {
  home = openHome(await mkdtemp(join(tmpdir(), 'varloom-supervisor-')));
  said = [];
  hear = () => {};
  const say = (text: string) => {
    said.push(text);
    hear();
  };
  supervisor = new Supervisor(home, { say, restarted: () => say('restarted') });
});
afterEach(async () => {
  await supervisor.stopAll();
  await rm(home.directory, { recursive: true, force: true });
});

const says = (text: string) =>
  new Promise<string>((resolve) => {
    hear = () => {
      const line = said.find((each) => each.includes(text));
      if (line) resolve(line);
    };
    hear();
  });

const plan = (name: string, program = `console.log('up'); setInterval(() => {}, 1e6);`): ProcessPlan => ({
  name,
  command: process.execPath,
  args: ['--eval', program],
  isReady: (output) => output().includes('up'),
  readyWithinSeconds: 30,
  stopSignal: 'SIGTERM',
  stopWithinSeconds: 10,
});

test('what dies is named with its log, and runs again, provisioned again', async () => {
  let provisioned = 0;
  const first = await supervisor.start(plan('store'), async () => void (provisioned += 1));
  process.kill(first.pid, 'SIGKILL');
  await says('restarted');
  expect(said[0]).toContain(`store (pid ${first.pid}) was ended by SIGKILL`);
  expect(said[0]).toContain(join(home.logs, 'store.log'));
  expect(provisioned).toBe(2);
  const [second] = supervisor.processes;
  expect(second?.pid).not.toBe(first.pid);
});

test('what keeps dying is given up, and the person is told what to do', { timeout: 60_000 }, async () => {
  await supervisor.start(
    plan('gateway', `console.log('up'); setTimeout(() => { console.log('cannot'); process.exit(7) }, 50)`),
  );
  const verdict = await says('UNHEALTHY');
  expect(verdict).toMatch(/gateway ended 6 times[^]*gateway\.log[^]*npm start/);
});

test('all are stopped, the last started first, and stay stopped', async () => {
  const stamp = (name: string) =>
    `console.log('up'); setInterval(() => {}, 1e6);
     process.on('SIGTERM', () => { require('node:fs').appendFileSync(process.env.ORDER, '${name} '); process.exit() });`;
  const order = join(home.directory, 'order');
  await writeFile(order, '');
  for (const name of ['one', 'two', 'three'])
    await supervisor.start({ ...plan(name, stamp(name)), env: { ORDER: order } });
  const identities = supervisor.processes.map(({ pid }) => identify(pid));
  await supervisor.stopAll();
  const { readFile } = await import('node:fs/promises');
  expect(await readFile(order, 'utf8')).toBe('three two one ');
  expect(identities.every((identity) => identity && !isRunning(identity))).toBe(true);
  expect(said).toEqual([]);
});

test('leftovers of a killed stack are ended, by its notes and by their mark; other processes are let be', async () => {
  const stay = ['--eval', `console.log('up'); setInterval(() => {}, 1e6)`];
  const start = async (env: Record<string, string>) => {
    const child = spawn(process.execPath, stay, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await once(child.stdout, 'data');
    return child;
  };
  const noted = await start({});
  const marked = await start({ [STACK_MARK]: home.directory });
  const bystander = await start({ [STACK_MARK]: `${home.directory}-other` });
  const reused = { pid: bystander.pid, startedAt: '1' }; // a note whose pid is someone else's by now
  await writeFile(join(home.run, 'processes.json'), JSON.stringify([identify(noted.pid ?? 0), reused]));
  expect(await supervisor.endLeftovers()).toBe(2);
  expect([noted, marked].map(({ pid }) => identify(pid ?? 0))).toEqual([undefined, undefined]);
  expect(identify(bystander.pid ?? 0)).toBeDefined();
  bystander.kill('SIGKILL');
});
