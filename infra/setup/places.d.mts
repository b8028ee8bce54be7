// Types of places.mjs for the TypeScript side.
export interface Tools {
  temporal?: string;
  testServer?: string;
  ministackPython?: string;
}
export function readTools(): Tools;
export const projectDirectory: string;
export const cacheDirectory: string;
