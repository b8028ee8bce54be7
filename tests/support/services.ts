// What tests stand on: a database and buckets of their own on shared servers, the time-skipping server, a whole stack.
import { randomUUID } from 'node:crypto';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import postgres from 'postgres';
import { inject } from 'vitest';
import { projectDirectory } from '../../infra/local/home.ts';
import { layOutStore } from '../../infra/local/object-store.ts';
import type { StoreLayout } from '../../infra/local/object-store.ts';
import type { MaildevAddresses } from '../../infra/local/services/maildev.ts';
import type { MinistackAddresses } from '../../infra/local/services/ministack.ts';
import type { TemporalAddresses } from '../../infra/local/services/temporal.ts';
import { stackFile } from '../../infra/local/stack-file.ts';
import { testServerPath } from '../../infra/local/tools.ts';
import type { StackFile } from '../../infra/local/stack-file.ts';
import { createLogger } from '../../process/log.ts';
import { ensureSearchAttributes } from '../../workers/search-attributes.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** integration: URLs into the cluster, and the migrated database that test databases are copies of. */
    postgres: { superuserUrl: string; ownerUrl: string; appUrl: string; template: string };
    /** integration: S3, SNS, SQS and SES. */
    store: MinistackAddresses;
    /** integration: the development server. */
    temporal: TemporalAddresses;
    /** integration: SMTP, and the mails that came. */
    mail: MaildevAddresses;
  }
}

export interface TestDatabase {
  /** As varloom_app, which row-level security binds. */
  url: string;
  /** As varloom_owner: sees every row. */
  ownerUrl: string;
  drop: () => Promise<void>;
}

/** A migrated, empty database of the caller's own. Close connections to it before `drop`, or they are cut. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { superuserUrl, ownerUrl, appUrl, template } = inject('postgres');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const run = (statement: string) => runAsSuperuser(superuserUrl, statement);
  await run(`CREATE DATABASE ${name} TEMPLATE ${template} OWNER varloom_owner`);
  return {
    url: inDatabase(appUrl, name),
    ownerUrl: inDatabase(ownerUrl, name),
    drop: () => run(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

/** Two buckets and a topic of the caller's own, laid out as the local stack does it. Left for the server's end. */
export async function createTestBuckets(): Promise<MinistackAddresses & StoreLayout> {
  const store = inject('store');
  const mark = randomUUID().slice(0, 8);
  const names = { inputsBucket: `inputs-${mark}`, resultsBucket: `results-${mark}`, topic: `storage-${mark}` };
  return { ...store, ...(await layOutStore(store, names)) };
}

/**
 * A time-skipping server of the caller's own: its clock is global, and a workflow that a test leaves behind can keep it from
 * skipping. Waiting for a workflow's result skips time, as does `environment.sleep`. `teardown` stops it.
 */
export async function startTimeSkipping(): Promise<TestWorkflowEnvironment> {
  // Half the work of starting it, where it is a Java program.
  process.env['JAVA_TOOL_OPTIONS'] ??= '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC';
  for (let tries = 1; ; tries++) {
    try {
      const environment = await TestWorkflowEnvironment.createTimeSkipping({
        server: { executable: { type: 'existing-path', path: testServerPath() } },
      });
      const namespace = environment.namespace ?? 'default';
      await ensureSearchAttributes({ connection: environment.connection, namespace }, createLogger('test', 'warn'));
      return environment;
    } catch (error) {
      // The SDK gives it five seconds, and a Java server takes longer on a busy machine.
      if (tries === 10 || !String(error).includes('did not start within')) throw error;
    }
  }
}

export interface TestStack {
  /** stack.json, read anew at each access: a restarted process has another pid. */
  readFile: () => Promise<StackFile>;
  /** stack.json as it was when the stack became ready. */
  stack: StackFile;
  home: string;
  /** The pid of the stack itself, which is none of `stack.processes`. */
  pid: number;
  /** What the stack has printed so far. */
  output: () => string;
  /** Resolves when the stack has printed `text`; rejects when it ends first. */
  printed: (text: string) => Promise<void>;
  /** Ctrl-C. Resolves with the exit code when nothing runs any more; removes the home unless it was given. */
  stop: () => Promise<number>;
  /** kill -9 of the stack, and of all its processes with `everything`. The home stays. */
  kill: (options?: { everything?: boolean }) => Promise<void>;
}

/** Starts a whole local stack on free ports, in `home` (a temporary one by default), with `env` added. */
export async function startStack(
  options: { env?: Record<string, string>; home?: string; args?: readonly string[] } = {},
): Promise<TestStack> {
  const home = options.home ?? (await mkdtemp(join(tmpdir(), 'varloom-stack-')));
  const child = spawn(
    process.execPath,
    [join(projectDirectory, 'infra', 'local', 'start.ts'), ...(options.args ?? [])],
    {
      env: { ...process.env, NODE_ENV: 'development', VARLOOM_PORTS: 'random', ...options.env, VARLOOM_HOME: home },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const pid = child.pid;
  if (pid === undefined) throw new Error('the stack could not be started');
  let text = '';
  const listeners = new Set<() => void>();
  const hear = (chunk: string) => {
    text += chunk;
    for (const listener of listeners) listener();
  };
  child.stdout.setEncoding('utf8').on('data', hear);
  child.stderr.setEncoding('utf8').on('data', hear);
  let exitCode: number | undefined;
  const ended = new Promise<number>((resolve) => {
    child.once('close', (code) => {
      exitCode = code ?? -1;
      resolve(exitCode);
      for (const listener of listeners) listener();
    });
  });
  const printed = (wanted: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!text.includes(wanted) && exitCode === undefined) return;
        listeners.delete(look);
        if (text.includes(wanted)) resolve();
        else
          reject(new Error(`the stack ended with ${exitCode} before it printed ${JSON.stringify(wanted)}:\n${text}`));
      };
      listeners.add(look);
      look();
    });
  const read = async () => stackFile.parse(JSON.parse(await readFile(join(home, 'stack.json'), 'utf8')));

  await printed('\nready\n');
  return {
    readFile: read,
    stack: await read(),
    home,
    pid,
    output: () => text,
    printed,
    async stop() {
      child.kill('SIGINT');
      const code = await ended;
      if (options.home === undefined) await rm(home, { recursive: true, force: true });
      return code;
    },
    async kill({ everything = false } = {}) {
      const { processes } = await read();
      child.kill('SIGKILL'); // first: it would restart the others
      if (everything) for (const process_ of processes) process.kill(process_.pid, 'SIGKILL');
      await ended;
    },
  };
}

function inDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}

async function runAsSuperuser(url: string, statement: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await sql.unsafe(statement);
  } finally {
    await sql.end({ timeout: 5 });
  }
}
