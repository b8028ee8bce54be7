// The download that the Temporal SDK offers for its CLI and its time-skipping test server.
import { copyFile, chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isExecutable, projectDirectory } from './places.mjs';
import { run } from './run.mjs';

const CONNECT_SECONDS = 4;
const DOWNLOAD_SECONDS = 300;
const source = {
  cli: 'https://temporal.download/cli/default',
  testServer: 'https://temporal.download/temporal-test-server/default',
};

/**
 * Has the SDK download `kind` ('cli' or 'testServer') and copies the executable to `target`.
 * False when the place cannot be reached within seconds, or the download fails: then there are other ways.
 */
export async function downloadWithSdk(kind, target, say) {
  if (!(await isReachable(source[kind]))) {
    say(`the download place does not answer within ${CONNECT_SECONDS} s, trying the next way`);
    return false;
  }
  const draft = await mkdtemp(join(dirname(target), 'sdk-'));
  try {
    const creator = kind === 'cli' ? 'createLocal' : 'createTimeSkipping';
    // The SDK has no call that only downloads: start the server once, which also shows that the file works.
    const program = `
      import { TestWorkflowEnvironment } from '@temporalio/testing';
      const executable = { type: 'cached-download', downloadDir: process.argv[1] };
      const environment = await TestWorkflowEnvironment.${creator}({ server: { executable } });
      await environment.teardown();`;
    const node = join(projectDirectory, 'node_modules', '.bin', 'node');
    const args = ['--input-type=module', '--eval', program, draft];
    await run(node, args, { cwd: projectDirectory, limitSeconds: DOWNLOAD_SECONDS });
    const found = (await readdir(draft)).map((name) => join(draft, name)).find(isExecutable);
    if (!found) return false;
    await copyFile(found, target);
    await chmod(target, 0o755);
    return true;
  } catch (error) {
    say(`the download failed (${error.message}), trying the next way`);
    return false;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function isReachable(address) {
  try {
    await fetch(address, { method: 'HEAD', signal: AbortSignal.timeout(CONNECT_SECONDS * 1000) });
    return true;
  } catch {
    return false;
  }
}
