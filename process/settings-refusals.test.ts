// Every process and command with a setting that is wrong: it ends at once, says on one line which setting, and shows no value.

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PLANTED, processes } from '../tests/support/settings-table.ts';

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'varloom-refusals-'));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

function run(program: string, args: string[], environment: Record<string, string>): Promise<Ended> {
  const script = fileURLToPath(new URL(`../${program}`, import.meta.url));
  return new Promise((resolve) => {
    const env = { PATH: process.env['PATH'] ?? '', VARLOOM_HOME: home, ...environment };
    const child = execFile(process.execPath, [script, ...args], { env }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}

const needs = { ...processes.gateway.needs, ...processes['worker of calls'].needs, ...processes.codec.needs };
const badDatabase = { ...needs, DATABASE_URL: `mysql://user:${PLANTED}@127.0.0.1/x` };
const unreadable = { ...needs, AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY_FILE: `/${PLANTED}` };
/** What else these can end with is 1. */
const REFUSED_WITH_2 = ['activities/audit/main.ts', 'infra/backup/backup.ts', 'infra/backup/restore.ts', 'kms/main.ts'];
const badOwner = { DATABASE_OWNER_URL: `mysql://user:${PLANTED}@127.0.0.1/x` };

/** Generous: a busy machine reads modules slowly. */
const START_LIMIT_MS = 120_000;

// Side by side: most of what a start takes is reading its modules.
it.concurrent.for<[program: string, args: string[], environment: Record<string, string>, setting: string]>([
  ['api/main.ts', [], badDatabase, 'DATABASE_URL'],
  ['workers/main.ts', [], { ...needs, WORKER_QUEUES: 'io', STRIPE_API_KEY: PLANTED }, 'STRIPE_API_KEY'],
  ['workers/release-command.ts', [], { ...needs, TEMPORAL_ADDRESS: PLANTED }, 'TEMPORAL_ADDRESS'],
  ['codec/main.ts', [], { ...needs, OPERATORS: ',' }, 'OPERATORS'],
  ['db/migrate.ts', [], badOwner, 'DATABASE_OWNER_URL'],
  // Only warned of: most of an environment is not ours.
  ['db/migrate.ts', [], { ...badOwner, RETENTION_SECOND: PLANTED }, 'RETENTION_SECOND is no setting'],
  ['db/reset.ts', [], badOwner, 'DATABASE_OWNER_URL'],
  ['db/truncate.ts', [], { ...needs, NODE_ENV: 'production' }, 'NODE_ENV'],
  ['db/seed.ts', [], badDatabase, 'DATABASE_URL'],
  ['db/found-laboratory.ts', ['Laboratory', 'one@varloom.test'], badDatabase, 'DATABASE_URL'],
  ['api/auth/issue-service-token.ts', ['--audience', 'internal', '--caller', 'test'], badDatabase, 'DATABASE_URL'],
  ['activities/references/main.ts', ['list'], badDatabase, 'DATABASE_URL'],
  ['activities/audit/main.ts', ['verify'], badDatabase, 'DATABASE_URL'],
  ['infra/backup/backup.ts', ['backup', '--without-keys'], badOwner, 'DATABASE_OWNER_URL'],
  ['infra/backup/restore.ts', ['backup', '--without-keys'], unreadable, 'AWS_SECRET_ACCESS_KEY_FILE'],
  ['kms/main.ts', ['list'], {}, 'PAYLOAD_KEYS_FILE'],
  ['infra/local/start.ts', [], { PORT: PLANTED }, 'PORT'],
  ['infra/local/start.ts', [], { STRIPE_API_KEY_FILE: `/${PLANTED}` }, 'STRIPE_API_KEY_FILE'],
])('%s %j does not start', { timeout: START_LIMIT_MS }, async ([program, args, environment, setting]) => {
  const { code, stdout, stderr } = await run(program, args, environment);
  const said = stdout + stderr;
  expect(said).toContain(setting);
  expect(said).not.toContain(PLANTED);
  // No stack of calls: what is wrong is with the settings, and not with the program.
  expect(said).not.toMatch(/^ +at /m);
  expect(said.split('\n').filter((line) => line.includes(setting))).toHaveLength(1);
  expect(code).toBe(REFUSED_WITH_2.includes(program) ? 2 : 1);
});

it.concurrent.for(['infra/local/start.ts', 'infra/demo.ts'])(
  '%s does nothing when it is told what it does not know',
  async (program) => {
    const { code, stdout, stderr } = await run(program, ['--onec'], {});
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^--onec is not understood.\nusage: npm /);
  },
);
