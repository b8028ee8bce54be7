// Where recorded histories are: `histories/VERSION/BRANCH.json`, and beside them `branches.json`, which branches the version had.
// A branch that was changed behind `patched()` is another history in the next version, and both must replay.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

const root = new URL('./histories/', import.meta.url);
const LIST = 'branches.json';

const placeOf = (version: string) => new URL(`${version}/`, root);
const historyOf = (version: string, branch: string) => new URL(`${branch}.json`, placeOf(version));

/** What lies in the directory, each of which should be a version. */
export const recordedVersions = (): string[] => readdirSync(root).toSorted();

/** The branches that the version had when it was recorded; none when it was not. */
export function branchesOf(version: string): string[] {
  const list = new URL(LIST, placeOf(version));
  return existsSync(list) ? z.array(z.string()).parse(JSON.parse(readFileSync(list, 'utf8'))) : [];
}

/** As VERSION/BRANCH.json; what was taken from an installation, to replay it from then on, is among them. */
export const recordedHistories = (): string[] =>
  recordedVersions().flatMap((version) =>
    readdirSync(placeOf(version))
      .filter((name) => name !== LIST)
      .map((name) => `${version}/${name}`),
  );

export const readRecorded = (name: string): string => readFileSync(new URL(name, root), 'utf8');

/** Writes nothing where there is one: it is what ran in the past. */
export function recordHistory(version: string, branch: string, text: () => string): void {
  mkdirSync(placeOf(version), { recursive: true });
  if (!existsSync(historyOf(version, branch))) writeFileSync(historyOf(version, branch), text());
}

/** The list only grows. */
export function recordBranches(version: string, names: readonly string[]): void {
  mkdirSync(placeOf(version), { recursive: true });
  const all = [...new Set([...branchesOf(version), ...names])].toSorted();
  writeFileSync(new URL(LIST, placeOf(version)), `${JSON.stringify(all, null, 1)}\n`);
}
