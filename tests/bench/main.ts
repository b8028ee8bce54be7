// `npm run bench -- [NAME…] [--quick]`: the benchmarks by name, or all of them.

import { runBenches, type Bench } from './alone.ts';
import { benchLatency } from './latency.ts';
import { benchLists } from './lists.ts';
import { benchEngineReport } from './engine-report.ts';
import { benchOperations } from './operations-cost.ts';
import { benchRestores } from './restores.ts';
import { benchThroughput } from './throughput.ts';
import { benchWebhooks } from './webhooks.ts';

const BENCHES: ReadonlyMap<string, Bench> = new Map([
  ['latency', benchLatency],
  ['throughput', benchThroughput],
  ['lists', benchLists],
  ['engine', benchEngineReport],
  ['restores', benchRestores],
  ['webhooks', benchWebhooks],
  ['operations', benchOperations],
]);

const names = process.argv.slice(2).filter((argument) => argument !== '--quick');
const unknown = names.filter((name) => !BENCHES.has(name));
if (unknown.length > 0) {
  process.stderr.write(
    `No bench is named ${unknown.join(', ')}. Usage: npm run bench -- [NAME…] [--quick]\n` +
      `where NAME is one of: ${[...BENCHES.keys()].join(', ')}\n`,
  );
  process.exit(2);
}
const chosen = new Map([...BENCHES].filter(([name]) => names.length === 0 || names.includes(name)));
await runBenches(chosen, { quick: process.argv.includes('--quick') });
