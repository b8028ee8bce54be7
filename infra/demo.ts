// `npm run demo`: a VCF goes through upload, annotation, e-mail, download and archiving, and back by an upgrade, over the
// public API, as any program could do it. Starts the local stack unless one runs. Stays up; with `--once` it ends when done.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { takeTour } from './demo/tour.ts';
import { beginFree, takeUpgradeTour } from './demo/upgrade.ts';
import { DEMO_GENOME, writeDemoFiles } from './local/demo-genome.ts';
import { openHome, projectDirectory, readJson } from './local/home.ts';
import { readOnlyFlag } from './local/only-flag.ts';
import { stackFile, type StackFile } from './local/stack-file.ts';

const OWNER = 'free@varloom.test';
const isOnce = readOnlyFlag('--once', 'npm run demo');
const home = openHome();
const startedAt = Date.now();

let stack: ChildProcess | undefined;
try {
  const running = stackFile.safeParse(readJson(home.stackFile));
  if (!running.success || !(await isHealthy(running.data))) stack = await startStack();
  const { api, mail, temporal, stripe } = stackFile.parse(readJson(home.stackFile));
  const directory = await writeDemoFiles(home);
  const tour = {
    api,
    mailApi: mail.api,
    token: await tokenOf(OWNER),
    owner: OWNER,
    genome: DEMO_GENOME,
    vcf: join(directory, 'demo.vcf'),
    say: (line: string) => console.log(line),
  };
  await beginFree(tour);
  const { jobId, records } = await takeTour(tour);
  // With real keys, only a person can pay.
  if (stripe.endpoint !== null) await takeUpgradeTour(tour, jobId, records);
  console.log(`
Done in ${Math.round((Date.now() - startedAt) / 1000)} s. Where to look:
  pages      ${api}  (sign in as ${OWNER.split('@')[0]}, and see the job that just ran)
  workflows  ${temporal.ui ?? temporal.address}  (search for annotation/)
  mail       ${mail.ui ?? 'at your mail server'}
  API        ${api}/openapi.json
  logs       ${home.logs}`);
} catch (error) {
  console.error(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}`);
  console.error(`The logs of every process are in ${home.logs}.`);
  await stopStack();
  process.exit(1);
}
if (isOnce) {
  await stopStack();
} else if (stack) {
  console.log('\nThe stack stays up; Ctrl-C stops it.');
}

async function isHealthy({ api }: StackFile): Promise<boolean> {
  return fetch(`${api}/health/ready`, { signal: AbortSignal.timeout(5000) }).then(
    (answer) => answer.ok,
    () => false,
  );
}

/** Resolves when the stack says that it is ready; its lines are shown. */
async function startStack(): Promise<ChildProcess> {
  console.log('Starting the local stack.');
  const child = spawn(process.execPath, [join(projectDirectory, 'infra', 'local', 'start.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<never>((_resolve, reject) =>
    child.once('exit', (code) => reject(new Error(`the local stack ended with ${code}`))),
  );
  // After the stack is ready its end is seen by whoever waits for it; before, it ends the wait below.
  ended.catch(() => {});
  // Ctrl-C reaches the stack too; this process must only outlive it.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  const ready = new Promise<void>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      console.log(line);
      if (line === 'ready') resolve();
    });
  });
  await Promise.race([ready, ended]);
  return child;
}

async function stopStack(): Promise<void> {
  if (!stack || stack.exitCode !== null) return;
  const ended = new Promise((resolve) => stack?.once('exit', resolve));
  stack.kill('SIGTERM');
  await ended;
}

async function tokenOf(email: string): Promise<string> {
  const program = join(projectDirectory, 'infra', 'local', 'token.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [program, email]);
  return stdout.trim();
}
