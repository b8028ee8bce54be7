import type { Tools } from './places.mjs';
export function findTemporal(tools: Tools): string | undefined;
