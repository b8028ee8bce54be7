// A process that is told to stop: while it starts, while it works, and twice.

import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterEach, expect, it } from 'vitest';

const main = new URL('./main.ts', import.meta.url).href;
const children: ChildProcessWithoutNullStreams[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** Starts a process that runs `start` and prints lines; `heard` waits for one of them, `ended` for its exit code. */
function run(start: string) {
  const program = `
    import { once } from 'node:events';
    import { runProcess } from ${JSON.stringify(main)};
    const say = (line) => process.stdout.write(line + '\\n');
    const word = () => once(process.stdin, 'data');
    setInterval(() => {}, 60_000);
    await runProcess('test', ${start});`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program]);
  children.push(child);
  const lines: string[] = [];
  const printed = createInterface(child.stdout);
  printed.on('line', (line) => lines.push(line));
  const closed = once(child, 'close');
  return {
    child,
    heard: (line: string) => expect.poll(() => lines).toContain(line),
    async ended() {
      const [code]: unknown[] = await closed;
      return { code, lines };
    },
  };
}

it('ends with 0 when it is told to stop while it waits for others to start', async () => {
  const { child, heard, ended } = run(`() => { say('starting'); return new Promise(() => {}); }`);
  await heard('starting');
  child.kill('SIGTERM');
  expect(await ended()).toEqual({ code: 0, lines: ['starting'] });
});

it('stops in order when it was about to be started', async () => {
  const { child, heard, ended } = run(`async () => {
    process.once('SIGTERM', () => say('told'));
    say('starting');
    await word();
    return { stop: async () => say('stopped') };
  }`);
  await heard('starting');
  child.kill('SIGTERM');
  await heard('told');
  child.stdin.write('go on');
  expect(await ended()).toEqual({ code: 0, lines: ['starting', 'told', 'stopped'] });
});

it.for(['SIGTERM', 'SIGINT'] as const)('stops at %s, and ends with 0', async (signal) => {
  const { child, heard, ended } = run(`async () => {
    setImmediate(say, 'started');
    return { stop: async () => say('stopped') };
  }`);
  await heard('started');
  child.kill(signal);
  expect(await ended()).toEqual({ code: 0, lines: ['started', 'stopped'] });
});

it('ends at once at a second signal', async () => {
  const { child, heard, ended } = run(`async () => {
    setImmediate(say, 'started');
    return { stop: () => { say('stopping'); return new Promise(() => {}); } };
  }`);
  await heard('started');
  child.kill('SIGTERM');
  await heard('stopping');
  child.kill('SIGINT');
  expect(await ended()).toEqual({ code: 130, lines: ['started', 'stopping'] });
});

it('says why it cannot start', async () => {
  const { ended } = run(`async () => { throw new Error('no such thing'); }`);
  expect(await ended()).toMatchObject({ code: 1 });
});
