// The key files out and in again, to a place of their own: a backup with its keys beside it is as good as plain text.

import { access, constants, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { mergeKeyFiles } from './key-merge.ts';
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

/**
 * Answers the settings whose files were copied. A key that only an earlier copy has stays in the copy.
 * @throws Refused when the earlier copy has another key by the id of one of ours
 */
export async function backUpKeys({ keyFiles }: BackupSettings, keysDirectory: string): Promise<string[]> {
  await makePrivate(keysDirectory);
  for (const [setting, path] of Object.entries(keyFiles)) {
    const copy = join(keysDirectory, nameOf(setting));
    const earlier = await readFile(copy).catch(() => undefined);
    const live = await readFile(path);
    const content = (earlier && merged(setting, live, earlier)) ?? live;
    await writeFile(`${copy}.part`, content, { mode: 0o600 });
    await rename(`${copy}.part`, copy);
  }
  return Object.keys(keyFiles);
}

/** Undefined when one of them is no key file. @throws Refused */
function merged(setting: string, live: Buffer, copy: Buffer): Buffer | undefined {
  const outcome = mergeKeyFiles(live, copy);
  if (outcome && 'conflict' in outcome) {
    const which = `${setting}: ${outcome.conflict} is another key in the backup`;
    throw new Refused(`${which}: one of the two files is of another installation`);
  }
  return outcome?.content;
}

/**
 * What is to stand at each path: the keys of the copy, and those of the file that is there, which may be newer.
 * @throws Refused when a copy is missing, or another key is there by the id of one of the copy's
 */
export async function readKeyCopies(
  { keyFiles }: BackupSettings,
  keysDirectory: string,
): Promise<ReadonlyMap<string, Buffer>> {
  const contents = new Map<string, Buffer>();
  for (const [setting, path] of Object.entries(keyFiles)) {
    const copy = await readFile(join(keysDirectory, nameOf(setting))).catch(() => undefined);
    if (!copy) throw new Refused(`${keysDirectory} holds no copy of what ${setting} names`);
    const present = await readFile(path).catch(() => undefined);
    contents.set(path, (present && merged(setting, present, copy)) ?? copy);
  }
  return contents;
}

/** Puts the keys where the settings look for them; a file that is there and is another one is kept beside. */
export async function restoreKeys(contents: ReadonlyMap<string, Buffer>): Promise<void> {
  for (const [path, content] of contents) {
    const present = await readFile(path).catch(() => undefined);
    if (present?.equals(content)) continue;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(`${path}.part`, content, { mode: 0o600 });
    if (present) await rename(path, `${path}.before-restore-${Date.now()}`);
    await rename(`${path}.part`, path);
  }
}
