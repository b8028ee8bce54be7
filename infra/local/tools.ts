// Where the set-up put the programs that the stack starts. `infra/setup.mjs` writes the record.
import { findMinistack } from '../setup/ministack.mjs';
import { readTools } from '../setup/places.mjs';
import { findPrometheusTool } from '../setup/prometheus.mjs';
import { findStripeMock } from '../setup/stripe-mock.mjs';
import { findTemporal } from '../setup/temporal.mjs';
import { findTestServer } from '../setup/test-server.mjs';

function need(path: string | undefined, what: string, option = ''): string {
  if (path !== undefined) return path;
  throw new Error(`${what} is not installed. Run: node infra/setup.mjs${option}`);
}

export const temporalPath = (): string => need(findTemporal(readTools()), 'The Temporal CLI');
export const ministackPython = (): string => need(findMinistack(readTools()), 'The local object store (ministack)');
/** Debian's package `prometheus`, with promtool. */
export const prometheusPath = (): string => need(findPrometheusTool('prometheus'), 'Prometheus', ' --with=observe');
/** Undefined where there was no go to build it with: what needs it is skipped. */
export const stripeMockPath = (): string | undefined => findStripeMock(readTools());
/** The time-skipping server, for `TestWorkflowEnvironment.createTimeSkipping`'s `existing-path`. */
export const testServerPath = (): string => need(findTestServer(readTools()), 'The test server', ' --with=test');
