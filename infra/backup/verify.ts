// Whether what was restored is what was backed up: rows by number, the audit log by its chain and checkpoints, every result
// that users can download by its checksum, read from the store.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { S3Client } from '@aws-sdk/client-s3';
import { connect } from './database.ts';
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
    for (const { schema, name, rows } of backup.tables) {
      const [found] = await sql.unsafe<{ rows: number }[]>(`select count(*)::int as rows from "${schema}"."${name}"`);
      if (found?.rows !== rows) faults.push(`${schema}.${name} has ${found?.rows} rows, the backup ${rows}`);
    }
    say(`rows: counted in ${backup.tables.length} tables`);
    // The key of a live copy, as db/results.ts has it.
    const live = await sql<{ job_id: string; key: string; sha256: string }[]>`
      select job_id, coalesce(result_key, result_prefix || '/annotated.vcf.gz') as key, result_sha256 as sha256
      from jobs where result_state = 'live' order by job_id`;
    for (const { job_id, key, sha256 } of live) {
      const found = await hashInStore(s3, settings.buckets.results, key);
      if (found !== sha256) faults.push(`the result of job ${job_id} ${found ? 'has another checksum' : 'is missing'}`);
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
