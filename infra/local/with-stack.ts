// Runs a program with the settings of the running local stack: `node infra/local/with-stack.ts PROGRAM [ARGUMENT…]`.
// Settings of the environment come first, so that the same command serves a real installation.
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { z } from 'zod';
import { openHome, projectDirectory, readJson } from './home.ts';

const [program, ...args] = process.argv.slice(2);
if (!program) {
  console.error('Usage: node infra/local/with-stack.ts PROGRAM [ARGUMENT…]');
  process.exit(2);
}
const home = openHome();
const kept = z.record(z.string(), z.string()).safeParse(readJson(home.settingsFile));
if (!kept.success && !process.env['DATABASE_URL']) {
  console.error(
    `There is no local stack in ${home.directory}, and DATABASE_URL is not set. Start a stack with: npm start`,
  );
  process.exit(1);
}
const child = spawn(process.execPath, [resolve(projectDirectory, program), ...args], {
  env: { ...(kept.success ? kept.data : {}), ...process.env },
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
