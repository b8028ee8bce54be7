// For the programs of the stand-ins, which want their secrets in the environment: what stands in the file that NAME_FILE names
// is put into NAME, without the line break at its end.
import { readFileSync } from 'node:fs';

/** @throws Error when a file cannot be read */
export function readSecretFiles(names: readonly string[]): void {
  for (const name of names) {
    const path = process.env[`${name}_FILE`];
    if (path) process.env[name] = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  }
}
