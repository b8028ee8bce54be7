import type { Tools } from './places.mjs';
export function findMinistack(tools: Tools): string | undefined;
