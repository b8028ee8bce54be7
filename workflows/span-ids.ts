// Ids of the spans of one run: the same ones at each replay, and not from the run's random numbers, which a version with
// more or fewer spans would then draw otherwise than they were drawn.

import { workflowInfo } from '@temporalio/workflow';

const DIGITS_OF_HALF = 8;

/** Each call gives another id of 16 hex digits. */
export function createSpanIds(): () => string {
  let state: number | undefined;
  // Mulberry32, from the run's id.
  const half = () => {
    state = ((state ?? hashOf(workflowInfo().runId)) + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0).toString(16).padStart(DIGITS_OF_HALF, '0');
  };
  // All zeros would mean: no span. That has a chance of one in 2^64.
  return () => half() + half();
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash;
}
