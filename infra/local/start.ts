// `npm start`: the local stack in the foreground. Writes stack.json and prints `ready` when all of it is healthy;
// Ctrl-C or SIGTERM stops all of it.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { openHome, projectDirectory, writeJson } from './home.ts';
import { takeFromFiles } from './secret-files.ts';
import { readOnlyFlag } from './only-flag.ts';
import { claimHome } from './single-stack.ts';
import { startParts } from './stack.ts';
import type { StackFile } from './stack-file.ts';
import { readStackSettings } from './stack-settings.ts';
import { Supervisor } from './supervisor.ts';

// A dozen processes load the same modules: Node keeps what it compiled, and starts them in two thirds of the time.
process.env['NODE_COMPILE_CACHE'] ??= join(projectDirectory, 'build', 'compile-cache');

const isObserved = readOnlyFlag('--observe', 'npm start');

const say = (text: string) => console.log(`stack: ${text}`);
let stopping: Promise<never> | undefined;
let addresses: Omit<StackFile, 'processes'> | undefined;

const home = openHome();
const letGo = attempt(() => claimHome(home));
// `--observe` is VARLOOM_OBSERVE=true.
const settings = attempt(
  () =>
    readStackSettings({
      ...takeFromFiles(process.env),
      ...(isObserved ? { VARLOOM_OBSERVE: 'true' } : {}),
    }),
  letGo,
);
const supervisor = new Supervisor(home, { say, restarted: noteStack });
rmSync(home.stackFile, { force: true }); // it would speak of the run before

process.on('SIGINT', () => void stop(0, 'stopping'));
process.on('SIGTERM', () => void stop(0, 'stopping'));
process.on('SIGHUP', () => void stop(0, 'the terminal is gone, stopping'));

try {
  const leftovers = await supervisor.endLeftovers();
  if (leftovers > 0) say(`ended ${leftovers} processes that a killed stack had left`);
  addresses = await startParts(home, settings, supervisor, say);
  if (stopping === undefined) {
    noteStack();
    console.log(addressTable(addresses));
    console.log('ready');
  }
} catch (error) {
  if (stopping === undefined) await stop(1, `cannot start: ${error instanceof Error ? error.message : String(error)}`);
}

function noteStack(): void {
  if (addresses && stopping === undefined) writeJson(home.stackFile, { ...addresses, processes: supervisor.processes });
}

function stop(code: number, why: string): Promise<never> {
  stopping ??= (async () => {
    say(why);
    rmSync(home.stackFile, { force: true });
    await supervisor.stopAll();
    letGo();
    say('stopped');
    process.exit(code);
  })();
  return stopping;
}

function addressTable(addresses: Omit<StackFile, 'processes'>): string {
  const { api, issuer, temporal, s3, mail, stripe, observability, users } = addresses;
  const rows = [
    ['Varloom', api, 'pages and API; /openapi.json describes it'],
    ['Sign-in', issuer, users.length > 0 ? `as ${users.map(({ email }) => email.split('@')[0]).join(', ')}` : ''],
    [
      'Workflows',
      temporal.ui ?? temporal.address,
      temporal.ui ? `Temporal UI; server ${temporal.address}` : 'Temporal',
    ],
    ['Mail', mail.ui ?? 'a real server', mail.ui ? 'every mail that was sent' : ''],
    [
      'Payments',
      stripe.endpoint ?? 'Stripe',
      stripe.endpoint ? 'Stripe sandbox: its checkout page takes test cards, no money moves' : '',
    ],
    ['Store', s3.endpoint, `buckets ${s3.inputs_bucket}, ${s3.results_bucket}`],
    ...(observability.prometheus === null
      ? []
      : [['Metrics', observability.prometheus, 'Prometheus, with the alerts']]),
    ['Logs', home.logs, ''],
    ['Stack file', home.stackFile, 'all addresses, for programs'],
  ];
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd())
    .join('\n');
}

function attempt<T>(work: () => T, undo?: () => void): T {
  try {
    return work();
  } catch (error) {
    undo?.();
    console.error(`stack: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  }
}
