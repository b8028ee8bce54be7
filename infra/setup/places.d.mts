// Types of places.mjs for the TypeScript side.
export interface Tools {
  temporal?: string;
  testServer?: string;
  ministackPython?: string;
  stripeMock?: string;
}
export function readTools(): Tools;
/** The full path of a program on PATH. */
export function onPath(program: string): string | undefined;
export const projectDirectory: string;
export const cacheDirectory: string;
/** Builds `name` in the cache, as a whole or not at all; answers its path. */
export function buildInCache(name: string, build: (draft: string) => Promise<void>): Promise<string>;
export function withLock<T>(onWait: () => void, work: () => Promise<T>): Promise<T>;
