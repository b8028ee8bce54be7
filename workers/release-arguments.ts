// What `npm run release` is told in words after its name.

import { parseArgs } from 'node:util';

export const RELEASE_USAGE = `usage: npm run release -- [--replay N] [--patience SECONDS]
  --replay N           replay only N running sagas, the newest first (all)
  --patience SECONDS   how long the workers of the version may take to appear (120)
`;

export interface ReleaseArguments {
  /** Undefined: all. */
  mostReplayed: number | undefined;
  patienceSeconds: number;
}

/** Undefined when they are not understood. */
export function readReleaseArguments(words: string[]): ReleaseArguments | undefined {
  const read = () =>
    parseArgs({
      args: words,
      options: { replay: { type: 'string' }, patience: { type: 'string', default: '120' } },
    });
  try {
    const { values } = read();
    const mostReplayed = values.replay === undefined ? undefined : Number(values.replay);
    const patienceSeconds = Number(values.patience);
    const areCounts = [mostReplayed ?? 0, patienceSeconds].every((value) => Number.isInteger(value) && value >= 0);
    return areCounts ? { mostReplayed, patienceSeconds } : undefined;
  } catch {
    return undefined;
  }
}
