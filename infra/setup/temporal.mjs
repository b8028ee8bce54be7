// The Temporal CLI, which is also the local Temporal server: on PATH, else the SDK's download, else built with go.
import { join } from 'node:path';
import { buildInCache, cacheDirectory, isExecutable, onPath } from './places.mjs';
import { SetupError } from './report.mjs';
import { run } from './run.mjs';
import { downloadWithSdk } from './sdk-download.mjs';

// Later versions carry `replace` directives, which `go install` refuses.
const CLI_VERSION = '1.5.1';
const directoryName = `temporal-cli-${CLI_VERSION}`;

export function findTemporal(tools) {
  const candidates = [onPath('temporal'), tools.temporal, join(cacheDirectory, directoryName, 'temporal')];
  return candidates.find((path) => path && isExecutable(path));
}

/** Answers `{ temporal: path }` for the record of tools. */
export async function installTemporal(say) {
  const directory = await buildInCache(directoryName, async (draft) => {
    const target = join(draft, 'temporal');
    say("the SDK's own download");
    if (await downloadWithSdk('cli', target, say)) return;
    if (!onPath('go')) {
      throw new SetupError(
        'the Temporal CLI cannot be downloaded, and there is no go to build it with',
        'Put a `temporal` on PATH, or install Go 1.24 or newer, or set TEMPORAL_ADDRESS to a running server.',
      );
    }
    say(
      `building version ${CLI_VERSION} with go, once per user: minutes on two idle cores, a quarter of an hour on busy ones`,
    );
    await run('go', ['install', `github.com/temporalio/cli/cmd/temporal@v${CLI_VERSION}`], {
      env: { GOBIN: draft },
      limitSeconds: 1800,
      remedy: 'Put a `temporal` on PATH, or set TEMPORAL_ADDRESS to a running server.',
    });
  });
  return { temporal: join(directory, 'temporal') };
}
