// The engine's benchmark as one of the benches: see `engine.ts`, which measures.

import { runAlone } from './alone.ts';
import { benchEngine } from './engine.ts';
import type { BenchOptions, BenchReport } from './measurements.ts';

export async function benchEngineReport({ quick }: BenchOptions): Promise<BenchReport> {
  const bench = await benchEngine(quick ? { variants: 200_000, runs: 2 } : { variants: 5_000_000, runs: 5 });
  const { ratios, seconds, rest } = bench;
  return {
    figures: [
      {
        name: 'annotating stage / bare pipeline',
        value: ratios.annotating_stage,
        unit: 'ratio',
        target: { atMost: 1.1 },
      },
      { name: 'whole activity / bare pipeline', value: ratios.activity, unit: 'ratio', target: { atMost: 2 } },
      { name: 'growth of the resident size', value: bench.rss_growth_mb, unit: 'MB', target: { atMost: 100 } },
      { name: 'bare pipeline', value: seconds.bare, unit: 's' },
      { name: 'whole activity, without transfer', value: seconds.activity, unit: 's' },
      { name: 'variants', value: bench.variants_per_second, unit: 'per second' },
    ],
    samples: {},
    notes: [
      `${bench.variants} variants, ${bench.input_mb.toFixed(1)} MB, the least of ${bench.runs} runs on ${bench.cores} cores`,
      'Beside the pipeline, each part by itself:',
      ...Object.entries(rest).map(([part, took]) => `  ${part.replaceAll('_', ' ').padEnd(26)} ${took.toFixed(3)} s`),
    ],
  };
}

if (import.meta.main) await runAlone('engine', benchEngineReport);
