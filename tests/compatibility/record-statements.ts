// `npm run statements:record [-- PATTERN…]`: runs the tests that use the database, hears what is sent to it, and records it
// as tests/compatibility/statements/<version in package.json>.sql, with the types that Postgres gives each statement.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const given = process.argv.slice(2);
const patterns = given.length > 0 ? given : ['db/', 'api/', 'activities/', 'workers/', 'tests/integration/'];

function vitest(args: string[], env: Record<string, string>): boolean {
  const { status } = spawnSync('vitest', ['run', '--project', 'integration', ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  return status === 0;
}

const directory = mkdtempSync(join(tmpdir(), 'varloom-statements-'));
try {
  // A test that fails has still sent its statements: the run is for them.
  vitest(patterns, { VARLOOM_STATEMENTS: directory });
  const isRecorded = vitest(['tests/compatibility/statements.test.ts'], {
    VARLOOM_RECORD: '1',
    VARLOOM_HEARD: directory,
  });
  process.exitCode = isRecorded ? 0 : 1;
} finally {
  rmSync(directory, { recursive: true });
}
