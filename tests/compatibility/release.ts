// What is recorded of a release, by its version in package.json: never written over, as it is what clients and processes of
// that release go by.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

const packageFile = new URL('../../package.json', import.meta.url);

export const thisRelease = (): string =>
  z.object({ version: z.string() }).parse(JSON.parse(readFileSync(packageFile, 'utf8'))).version;

export const isRecording = process.env['VARLOOM_RECORD'] === '1';

export interface Recorded {
  release: string;
  text: string;
}

/** `kind` is a directory beside this file. */
export function recordedReleases(kind: string, extension: string): Recorded[] {
  const directory = new URL(`./${kind}/`, import.meta.url);
  return readdirSync(directory)
    .filter((name) => name.endsWith(extension))
    .map((name) => ({
      release: name.slice(0, -extension.length),
      text: readFileSync(new URL(name, directory), 'utf8'),
    }));
}

/** Throws when this release was recorded before. */
export function recordRelease(kind: string, extension: string, text: string): void {
  const directory = new URL(`./${kind}/`, import.meta.url);
  mkdirSync(directory, { recursive: true });
  writeFileSync(new URL(`${thisRelease()}${extension}`, directory), text, { flag: 'wx' });
}
