// The four kinds of test. What a kind needs is started once by `tests/support/global-setup.ts`.
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

// An older Node gets far enough to fail in ways that say nothing of it.
if (Number.parseInt(process.versions.node, 10) < 24) {
  throw new Error(
    `Tests need Node 24, and this is ${process.version}: use npm test, or put node_modules/.bin first on PATH.`,
  );
}

// Compiled code of modules is kept between the many processes that tests start, each of which loads the same ones.
process.env['NODE_COMPILE_CACHE'] ??= new URL('build/compile-cache', import.meta.url).pathname;

const globalSetup = './tests/support/global-setup.ts';
const bundleSetup = './tests/support/bundle-setup.ts';
const SECOND = 1000;
// One second, the default, is too short on a busy machine; and what never comes is better told by its expectation than by the
// end of the test.
const expect = { poll: { timeout: 25 * SECOND } };

export default defineConfig({
  test: {
    // A file for each core (vitest's own default leaves one idle), as far as one Postgres has connections for them. Projects
    // that run side by side must agree on it; the others take their turn by `groupOrder`.
    maxWorkers: Math.min(availableParallelism(), 8),
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            '{domain,temporal,process,infra,web}/**/*.test.{ts,tsx}',
            'activities/engine/**/*.test.ts',
            'tests/replay/replay.test.ts',
            'tests/compatibility/{expand,breaking}.test.ts',
          ],
          // A file does not load anew what the file before it has loaded: that was half of the time of two hundred files.
          isolate: false,
          expect,
          testTimeout: 30 * SECOND,
          hookTimeout: 60 * SECOND,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'integration',
          include: [
            '{db,api,workers,store,kms,codec}/**/*.test.ts',
            'activities/{storage,references,records,mail,billing,webhooks,audit}/**/*.test.ts',
            'tests/{integration,deployment}/**/*.test.ts',
            'tests/compatibility/{statements,openapi}.test.ts',
          ],
          globalSetup: [bundleSetup, globalSetup],
          isolate: false,
          setupFiles: [
            './tests/support/fresh-tracing.ts',
            // `npm run statements:record`: what the code sends to Postgres is heard.
            ...(process.env['VARLOOM_STATEMENTS'] ? ['./tests/compatibility/hear-statements.ts'] : []),
          ],
          expect,
          testTimeout: 60 * SECOND,
          hookTimeout: 120 * SECOND,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'saga',
          include: ['workflows/**/*.test.ts', 'tests/replay/record.test.ts', 'tests/support/time-skipping.test.ts'],
          globalSetup: bundleSetup,
          expect,
          testTimeout: 60 * SECOND,
          hookTimeout: 120 * SECOND,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // The workflows' own code, with time and order decided by a seed.
        resolve: {
          alias: {
            '@temporalio/workflow': new URL('./tests/interleavings/temporal.ts', import.meta.url).pathname,
          },
        },
        test: {
          name: 'interleavings',
          include: ['tests/interleavings/**/*.test.ts'],
          testTimeout: 30 * SECOND,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['tests/{e2e,browser}/**/*.test.ts'],
          globalSetup: bundleSetup,
          setupFiles: './tests/support/stack-bundle.ts',
          // Each file starts a whole stack of a dozen processes, which wait for each other much of the time.
          maxWorkers: 2,
          expect,
          testTimeout: 300 * SECOND,
          hookTimeout: 300 * SECOND,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
