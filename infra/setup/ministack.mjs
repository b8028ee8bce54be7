// ministack, the local S3, SNS, SQS and SES, in a Python environment of its own.
import { join } from 'node:path';
import { buildInCache, cacheDirectory, isExecutable, onPath } from './places.mjs';
import { SetupError } from './report.mjs';
import { run } from './run.mjs';
import { installDebianPackages } from './system-tools.mjs';

const MINISTACK_VERSION = '1.5.33';
const directoryName = `ministack-${MINISTACK_VERSION}`;

export function findMinistack(tools) {
  const candidates = [tools.ministackPython, join(cacheDirectory, directoryName, 'bin', 'python')];
  return candidates.find((path) => path && isExecutable(path));
}

/** Answers `{ ministackPython: path }`. The programs of a renamed environment point astray; its python does not. */
export async function installMinistack(say) {
  if (!onPath('python3')) {
    throw new SetupError('there is no python3', 'Install Python 3.10 or newer, or set S3_ENDPOINT to a real store.');
  }
  const directory = await buildInCache(directoryName, async (draft) => {
    say('python environment');
    try {
      await run('python3', ['-m', 'venv', draft], { limitSeconds: 120 });
    } catch {
      // Debian ships the venv module apart.
      await installDebianPackages(['python3-venv'], say);
      await run('python3', ['-m', 'venv', '--clear', draft], { limitSeconds: 120 });
    }
    say(`pip install ministack==${MINISTACK_VERSION}`);
    const python = join(draft, 'bin', 'python');
    await run(
      python,
      ['-m', 'pip', 'install', '--quiet', '--no-input', '--timeout', '10', `ministack==${MINISTACK_VERSION}`],
      {
        env: { PIP_DEFAULT_TIMEOUT: '10' },
        limitSeconds: 600,
        remedy: 'Check the network and the pip settings (pip config list), or set S3_ENDPOINT to a real store.',
      },
    );
  });
  return { ministackPython: join(directory, 'bin', 'python') };
}
