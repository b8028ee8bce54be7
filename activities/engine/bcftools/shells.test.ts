// Shells are kept between runs: what one run said must not reach the next, and a lost shell must not be lent again.

import { existsSync, statSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { createShellPool, FIRST_ERROR_FD, STATUS_FD, type ShellPool } from './shells.ts';

const opened: ShellPool[] = [];
afterEach(() => Promise.all(opened.splice(0).map((shells) => shells.close())));

const say = (stream: number, text: string): string => `printf '%s' '${text}' >&${FIRST_ERROR_FD + stream}`;
const status = (text: string): string => `echo "${text}" >&${STATUS_FD}`;

async function pidOf(shells: ShellPool): Promise<string> {
  const lines: string[] = [];
  await shells.withShell((shell) => shell.run(status('$$'), 0, (line) => lines.push(line)));
  return lines.join();
}

it('one shell serves run after run, each with its own messages and status lines', async () => {
  const shells = createShellPool(1);
  opened.push(shells);
  const runs: { messages: readonly string[]; lines: string[] }[] = [];
  for (const text of ['first', 'second']) {
    const lines: string[] = [];
    await shells.withShell(async (shell) => {
      await shell.run(`${say(0, text)}\n${say(1, `${text} too`)}\n${status(`${text} $$`)}`, 2, (line) =>
        lines.push(line),
      );
      runs.push({ messages: shell.messages(), lines });
    });
  }
  expect(runs.map(({ messages }) => messages)).toEqual([
    ['first', 'first too'],
    ['second', 'second too'],
  ]);
  const [first, second] = runs.map(({ lines }) => lines);
  expect(first?.[0]).toMatch(/^first \d+$/);
  expect(second).toEqual([first?.[0]?.replace('first', 'second')]);
});

it('one that was killed while it was idle is not lent again', async () => {
  const shells = createShellPool(1);
  opened.push(shells);
  let pipe = '';
  await shells.withShell(async (shell) => {
    pipe = (await shell.pipes())[0] ?? '';
  });
  const killed = await pidOf(shells);
  process.kill(Number(killed), 'SIGKILL');
  // They go when its end is known.
  await expect.poll(() => existsSync(pipe)).toBe(false);
  const next = await pidOf(shells);
  expect(next).toMatch(/^\d+$/);
  expect(next).not.toBe(killed);
});

it('keeps only the end of what is said without end', async () => {
  const shells = createShellPool(1);
  opened.push(shells);
  await shells.withShell(async (shell) => {
    await shell.run(`yes told | head -c 1000000 >&${FIRST_ERROR_FD}\n${say(0, 'the end')}`, 1, () => {});
    expect(shell.messages()[0]?.length).toBeLessThanOrEqual(16_384);
    expect(shell.messages()[0]).toMatch(/told\nthe end$/);
  });
});

it('a shell that was killed ends its run, and another takes its place', async () => {
  const shells = createShellPool(1);
  opened.push(shells);
  const before = await pidOf(shells);
  await shells.withShell((shell) => shell.run(status('runs') + '\nkill -9 $$', 1, () => {}));
  expect(await pidOf(shells)).toMatch(/^\d+$/);
  expect(await pidOf(shells)).not.toBe(before);
});

it('its pipes serve run after run, and go when it goes', async () => {
  const shells = createShellPool(1);
  const first = await shells.withShell((shell) => shell.pipes());
  for (const pipe of first) expect(statSync(pipe).isFIFO()).toBe(true);
  expect(await shells.withShell((shell) => shell.pipes())).toEqual(first);
  await shells.close();
  expect(first.filter((pipe) => existsSync(pipe))).toEqual([]);
});

it('one whose run failed is not lent again', async () => {
  const shells = createShellPool(1);
  opened.push(shells);
  const before = await shells.withShell((shell) => shell.pipes());
  await expect(shells.withShell(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  expect(await shells.withShell((shell) => shell.pipes())).not.toEqual(before);
});

it('sees nothing of the environment of this process', async () => {
  process.env['PLANTED_SECRET'] = 'planted';
  const shells = createShellPool(1);
  opened.push(shells);
  await shells.withShell(async (shell) => {
    await shell.run(`env >&${FIRST_ERROR_FD}`, 1, () => {});
    expect(shell.messages()[0]).toContain('LC_ALL=C');
    expect(shell.messages()[0]).not.toContain('planted');
  });
});
