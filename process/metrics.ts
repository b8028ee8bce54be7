// What a process tells Prometheus: one registry, what it collects when it is asked, and the text of other exporters of the
// same process. Values of labels are of closed sets: no ids, no names of people or files.

import { readFileSync } from 'node:fs';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

/** Looks at something outside of the process and sets metrics from it. Throws when it cannot. */
export interface Collector {
  /** Names it in `varloom_collector_up`. */
  name: string;
  /** An answer is kept for so long, however many ask. */
  lifeMs: number;
  collect(): Promise<void>;
  /** Takes back what `collect` set: what cannot be looked at any more must not seem to stand still. */
  forget(): void;
}

export interface Metrics {
  registry: Registry;
  add(collector: Collector): void;
  /** Another exporter's text, put behind ours at each exposition. */
  append(name: string, read: () => Promise<string>): void;
  /** All metrics, in the text format 0.0.4. Never rejects because of a collector. */
  expose(): Promise<string>;
}

/** Leaves no value behind: `reset` alone would make a gauge without labels tell a zero. */
export function clear(gauges: readonly Gauge[]): void {
  for (const gauge of gauges) {
    gauge.reset();
    gauge.remove({});
  }
}

export const CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/** A scrape is given up after 10 s by default: what takes longer is told by the next one. */
const PATIENCE_MS = 6_000;

export function createMetrics(processKind: string): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const info = new Gauge({
    name: 'varloom_build_info',
    help: 'Always 1; its labels say which process this is, and of which version.',
    labelNames: ['process', 'version', 'node'],
    registers,
  });
  info.set({ process: processKind, version: versionOf(), node: process.version }, 1);
  const up = new Gauge({
    name: 'varloom_collector_up',
    help: 'Whether what is collected from elsewhere could be read at the last look: 1 or 0.',
    labelNames: ['collector'],
    registers,
  });
  const collecting = new Gauge({
    name: 'varloom_collector_duration_seconds',
    help: 'How long the last look took.',
    labelNames: ['collector'],
    registers,
  });

  const looks: (() => Promise<void>)[] = [];
  const appended: { name: string; read: () => Promise<string> }[] = [];

  const timed = async (name: string, work: () => Promise<void>, failed: () => void): Promise<void> => {
    const startedAt = performance.now();
    try {
      await work();
      up.set({ collector: name }, 1);
    } catch {
      failed();
      up.set({ collector: name }, 0);
    }
    collecting.set({ collector: name }, (performance.now() - startedAt) / 1000);
  };

  return {
    registry,
    add({ name, lifeMs, collect, forget }) {
      up.set({ collector: name }, 0);
      forget();
      let latest: { look: Promise<void>; endedAt: number } | undefined;
      looks.push(() => {
        if (latest && performance.now() - latest.endedAt < lifeMs) return latest.look;
        const mine = { look: timed(name, collect, forget), endedAt: Number.POSITIVE_INFINITY };
        // Never rejects.
        void mine.look.then(() => (mine.endedAt = performance.now()));
        latest = mine;
        return mine.look;
      });
    },
    append: (name, read) => void appended.push({ name, read }),
    async expose() {
      const texts: string[] = [];
      await Promise.all([
        ...looks.map((look) => within(PATIENCE_MS, look())),
        ...appended.map(({ name, read }) =>
          timed(
            name,
            async () => void texts.push(await read()),
            () => {},
          ),
        ),
      ]);
      return [await registry.metrics(), ...texts].join('\n');
    },
  };
}

async function within(limitMs: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([work, limit]);
  clearTimeout(timer);
}

function versionOf(): string {
  const described: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const isDescribed = typeof described === 'object' && described !== null && 'version' in described;
  return isDescribed ? String(described.version) : 'unknown';
}
