// Upgrades, downgrades, retention timers, archives, restores, events, faults and operators in random order, on the models
// that contract suites hold to the real adapters: whatever happens, in the end nothing is lost, doubled or stuck. A failing
// seed says which it is and what happened; `VARLOOM_SEED=n` plays it alone.

import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { play } from './player.ts';

const ONE = process.env['VARLOOM_SEED'];
const SEEDS = process.env['VARLOOM_LONG'] === undefined ? 50 : 1000;

beforeAll(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterAll(() => void vi.useRealTimers());

const seeds = ONE === undefined ? Array.from({ length: SEEDS }, (_, seed) => seed) : [Number(ONE)];

it.for(seeds)('seed %i ends legally', async (seed) => {
  const { found, story } = await play(seed, (ms) => vi.setSystemTime(ms));
  expect({ found, story: found.length === 0 ? [] : story }).toEqual({ found: [], story: [] });
});
