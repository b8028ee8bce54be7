// The key files out and in again, to a place of their own: a backup with its keys beside it is as good as plain text.

import { access, chmod, constants, copyFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makePrivate } from './manifest.ts';
import { Refused, type BackupSettings } from './settings.ts';

const nameOf = (setting: string) =>
  `${setting
    .toLowerCase()
    .replaceAll('_', '-')
    .replace(/-file$/, '')}.json`;

/** @throws Refused when a file that a setting names cannot be read: said before hours of copying, not after */
export async function refuseUnreadableKeys({ keyFiles }: BackupSettings): Promise<void> {
  for (const [setting, path] of Object.entries(keyFiles)) {
    const isReadable = await access(path, constants.R_OK).then(
      () => true,
      () => false,
    );
    if (!isReadable) throw new Refused(`${setting}: ${path} cannot be read`);
  }
}

/** Answers the settings whose files were copied. Earlier copies are written over: a key file only grows. */
export async function backUpKeys({ keyFiles }: BackupSettings, keysDirectory: string): Promise<string[]> {
  await makePrivate(keysDirectory);
  for (const [setting, path] of Object.entries(keyFiles)) {
    const copy = join(keysDirectory, nameOf(setting));
    await copyFile(path, `${copy}.part`);
    await chmod(`${copy}.part`, 0o600);
    await rename(`${copy}.part`, copy);
  }
  return Object.keys(keyFiles);
}

/** The copies, by the path where each belongs. @throws Refused when one is missing */
export async function readKeyCopies(
  { keyFiles }: BackupSettings,
  keysDirectory: string,
): Promise<ReadonlyMap<string, Buffer>> {
  const copies = new Map<string, Buffer>();
  for (const [setting, path] of Object.entries(keyFiles)) {
    const copy = await readFile(join(keysDirectory, nameOf(setting))).catch(() => undefined);
    if (!copy) throw new Refused(`${keysDirectory} holds no copy of what ${setting} names`);
    copies.set(path, copy);
  }
  return copies;
}

/** Puts the keys where the settings look for them; a file that is there and is another one is kept beside. */
export async function restoreKeys(copies: ReadonlyMap<string, Buffer>): Promise<void> {
  for (const [path, copy] of copies) {
    const present = await readFile(path).catch(() => undefined);
    if (present?.equals(copy)) continue;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(`${path}.part`, copy, { mode: 0o600 });
    if (present) await rename(path, `${path}.before-restore-${Date.now()}`);
    await rename(`${path}.part`, path);
  }
}
