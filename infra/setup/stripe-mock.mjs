// stripe-mock, Stripe's own check of request shapes, which only a contract test needs: built with go where there is one.
import { join } from 'node:path';
import { buildInCache, cacheDirectory, isExecutable, onPath } from './places.mjs';
import { run } from './run.mjs';

const MOCK_VERSION = '0.203.0';
const directoryName = `stripe-mock-${MOCK_VERSION}`;

export function findStripeMock(tools) {
  const candidates = [onPath('stripe-mock'), tools.stripeMock, join(cacheDirectory, directoryName, 'stripe-mock')];
  return candidates.find((path) => path && isExecutable(path));
}

export const canBuildStripeMock = () => onPath('go') !== undefined;

/** Answers `{ stripeMock: path }`, or nothing when it cannot be built: the tests that need it say that they are skipped. */
export async function installStripeMock(say) {
  say(`building version ${MOCK_VERSION} with go`);
  try {
    const directory = await buildInCache(directoryName, async (draft) => {
      await run('go', ['install', `github.com/stripe/stripe-mock@v${MOCK_VERSION}`], {
        env: { GOBIN: draft },
        limitSeconds: 300,
      });
    });
    return { stripeMock: join(directory, 'stripe-mock') };
  } catch (error) {
    say(`left out, it cannot be built: ${error.message}`);
    return undefined;
  }
}
