// The key files out and in again, to a place of their own: a backup with its keys beside it is as good as plain text.

import { copyFile, mkdir, readFile, rename, writeFile, chmod } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makePrivate } from './manifest.ts';
import { Refused, type BackupSettings } from './settings.ts';

const nameOf = (setting: string) =>
  `${setting
    .toLowerCase()
    .replaceAll('_', '-')
    .replace(/-file$/, '')}.json`;

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

/** Puts the keys where the settings look for them; a file that is there and is another one is kept beside. */
export async function restoreKeys({ keyFiles }: BackupSettings, keysDirectory: string): Promise<void> {
  for (const [setting, path] of Object.entries(keyFiles)) {
    const copy = await readFile(join(keysDirectory, nameOf(setting))).catch(() => undefined);
    if (!copy) throw new Refused(`${keysDirectory} holds no copy of what ${setting} names`);
    const present = await readFile(path).catch(() => undefined);
    if (present?.equals(copy)) continue;
    if (present) await rename(path, `${path}.before-restore-${Date.now()}`);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(path, copy, { mode: 0o600 });
  }
}
