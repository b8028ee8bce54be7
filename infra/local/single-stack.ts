// One stack per home: the second one is refused, the one that takes over from a killed one is not.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Home } from './home.ts';
import { identify, isIdentity, isRunning } from '../process-identity.ts';

/** Throws an Error naming the pid when a stack runs on this home. Answers how to let go of it. */
export function claimHome(home: Home): () => void {
  const file = join(home.run, 'stack.pid');
  for (;;) {
    try {
      writeFileSync(file, JSON.stringify(identify(process.pid)), { flag: 'wx', mode: 0o600 });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    const holder = readHolder(file);
    if (isIdentity(holder) && isRunning(holder)) {
      throw new Error(
        `A stack runs on ${home.directory} already (pid ${holder.pid}). Stop it first (Ctrl-C there, or: kill ${holder.pid}),\n` +
          `  or set VARLOOM_HOME to another directory for a second stack beside it.`,
      );
    }
    rmSync(file, { force: true });
  }
}

function readHolder(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined; // half-written by a process that was killed
  }
}
