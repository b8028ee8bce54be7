import type { Tools } from './places.mjs';
export function findStripeMock(tools: Tools): string | undefined;
