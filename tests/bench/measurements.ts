// What a benchmark says: ratios with their targets, raw samples, and the machine and commit that they were taken on.

import { execFileSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { homeDirectory, projectDirectory, writeJson } from '../../infra/local/home.ts';

export interface Figure {
  name: string;
  value: number;
  /** `ratio` has no unit. */
  unit: 'ratio' | 's' | 'ms' | 'per second' | 'MB' | 'count';
  /** Without a target the figure is only told. */
  target?: { atLeast: number } | { atMost: number };
}

export interface BenchReport {
  figures: Figure[];
  /** Raw measurements by name; the unit stands in the name. */
  samples: Record<string, number[]>;
  /** Where the time goes, what the figures were compared with: lines for a person. */
  notes: string[];
}

export interface BenchOptions {
  /** Fewer and smaller runs: to see that it works, not to quote. */
  quick: boolean;
  say: (line: string) => void;
}

/** The `share` quantile (0…1) of samples, by the nearest rank. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (value === undefined) throw new Error('there are no samples');
  return value;
}

export const median = (samples: readonly number[]): number => quantile(samples, 0.5);

export async function secondsOf(act: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await act();
  return (performance.now() - startedAt) / 1000;
}

/** Undefined when the figure has no target. */
export function isReached({ value, target }: Figure): boolean | undefined {
  if (target === undefined) return undefined;
  return 'atLeast' in target ? value >= target.atLeast : value <= target.atMost;
}

export function tableOf(reports: ReadonlyMap<string, BenchReport>): string {
  const rows = [['bench', 'figure', 'value', 'target', '']];
  for (const [bench, { figures }] of reports) {
    for (const figure of figures) rows.push([bench, figure.name, shown(figure), targetOf(figure), verdictOf(figure)]);
  }
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .map((row) => row.trimEnd())
    .join('\n');
}

function shown({ value, unit }: Figure): string {
  const digits = unit === 'count' ? 0 : unit === 'ratio' || value < 10 ? 3 : 1;
  return unit === 'ratio' || unit === 'count' ? value.toFixed(digits) : `${value.toFixed(digits)} ${unit}`;
}

function targetOf({ target }: Figure): string {
  if (target === undefined) return '';
  return 'atLeast' in target ? `≥ ${target.atLeast}` : `≤ ${target.atMost}`;
}

function verdictOf(figure: Figure): string {
  const reached = isReached(figure);
  return reached === undefined ? '' : reached ? 'reached' : 'MISSED';
}

/** Writes `bench/<name>.json` in the stack's home, and answers its path. */
export function writeReport(name: string, { quick }: Pick<BenchOptions, 'quick'>, report: BenchReport): string {
  const path = join(homeDirectory(), 'bench', `${name}.json`);
  writeJson(path, {
    bench: name,
    at: new Date().toISOString(),
    quick,
    commit: git('rev-parse', 'HEAD'),
    // Other work in the tree may have changed what was measured.
    is_modified: git('status', '--porcelain') !== '',
    machine: { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, memory_gb: totalmem() / 1e9 },
    node: process.version,
    ...report,
    figures: report.figures.map((figure) => ({ ...figure, reached: isReached(figure) ?? null })),
  });
  return path;
}

function git(...args: string[]): string {
  try {
    return execFileSync('git', args, { cwd: projectDirectory, encoding: 'utf8' }).trim();
  } catch {
    return 'unknown'; // an archive of the sources has no history
  }
}
