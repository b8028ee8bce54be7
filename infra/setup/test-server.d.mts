import type { Tools } from './places.mjs';
export function findTestServer(tools: Tools): string | undefined;
