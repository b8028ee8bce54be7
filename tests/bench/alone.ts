// Runs one or more benches from the command line: the table of figures on the terminal, everything else as JSON.

import { Interrupted } from './bench-stack.ts';
import { isReached, tableOf, writeReport, type BenchOptions, type BenchReport } from './measurements.ts';

export type Bench = (options: BenchOptions) => Promise<BenchReport>;

/** One at a time. A bench that fails does not keep the others from running, but makes the process fail. */
export async function runBenches(benches: ReadonlyMap<string, Bench>, { quick }: { quick: boolean }): Promise<void> {
  const say = (line: string) => process.stdout.write(`${line}\n`);
  const reports = new Map<string, BenchReport>();
  for (const [name, bench] of benches) {
    say(`${name}: starting${quick ? ' (quick: not to be quoted)' : ''}`);
    try {
      const report = await bench({ quick, say: (line) => say(`${name}: ${line}`) });
      reports.set(name, report);
      for (const note of report.notes) say(`${name}: ${note}`);
      say(`${name}: written to ${writeReport(name, { quick }, report)}`);
    } catch (error) {
      if (error instanceof Interrupted) process.exit(130);
      process.exitCode = 1;
      say(`${name}: FAILED: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
  }
  if (reports.size === 0) return;
  say(`\n${tableOf(reports)}`);
  const missed = [...reports.values()]
    .flatMap(({ figures }) => figures)
    .filter((figure) => isReached(figure) === false);
  say(missed.length === 0 ? '\nEvery target was reached.' : `\n${missed.length} targets were missed.`);
}

export const runAlone = (name: string, bench: Bench): Promise<void> =>
  runBenches(new Map([[name, bench]]), { quick: process.argv.includes('--quick') });
