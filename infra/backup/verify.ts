// Whether what was restored is what was backed up: rows by number, the audit log by its chain and checkpoints, every result
// that users can download by its checksum, read from the store.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { S3Client } from '@aws-sdk/client-s3';
import { connect, isRestored, liveResults, otherCounts } from './database.ts';
import type { Backup } from './manifest.ts';
import type { BackupSettings } from './settings.ts';
import { hashInStore } from './store.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Runs one of our programs with the settings of this one; answers its exit code. */
export async function runProgram(program: string, args: string[] = []): Promise<number> {
  const child = spawn(process.execPath, [program, ...args], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  const [code]: unknown[] = await once(child, 'close');
  return typeof code === 'number' ? code : 1;
}

/** What is not as it was; nothing, when all is. */
export async function faultsOf(
  s3: S3Client,
  settings: BackupSettings,
  backup: Backup,
  say: (line: string) => void,
): Promise<string[]> {
  const faults: string[] = [];
  const sql = connect(settings.databaseUrl);
  try {
    faults.push(...(await otherCounts(sql, backup)));
    say(`rows: counted in ${backup.tables.filter(isRestored).length} tables`);
    const live = await liveResults(sql);
    for (const { jobId, key, sha256 } of live) {
      const found = await hashInStore(s3, settings.buckets.results, key);
      if (found !== sha256) faults.push(`the result of job ${jobId} ${found ? 'has another checksum' : 'is missing'}`);
    }
    say(`results: ${live.length} live ones read from the store and compared with their checksums`);
  } finally {
    await sql.end({ timeout: 5 });
  }
  const code = await runProgram('activities/audit/main.ts', [
    'verify',
    ...(process.env['AUDIT_KEY_FILE'] ? [] : ['--without-checkpoints']),
  ]);
  if (code !== 0) faults.push('the audit log is not whole');
  return faults;
}
