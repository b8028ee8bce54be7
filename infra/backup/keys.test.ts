// Key files go out and come in again, and what cannot is refused before anything else is done.

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { backUpKeys, readKeyCopies, refuseUnreadableKeys, restoreKeys } from './keys.ts';
import { readBackupSettings } from './settings.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'varloom-keys-'));
});
afterEach(() => rm(home, { recursive: true }));

const DATABASE_URL = 'postgres://nobody@localhost/none';
const files = () => ({
  PAYLOAD_KEYS_FILE: join(home, 'in', 'payload'),
  PATIENT_KEYS_FILE: join(home, 'in', 'patient'),
});
const read = (more: Record<string, string>, keysDirectory?: string) =>
  readBackupSettings({ DATABASE_URL, ...more }, { keysDirectory });

it('refuses to copy keys that the settings do not name', () => {
  const { PAYLOAD_KEYS_FILE, PATIENT_KEYS_FILE } = files();
  expect(() => read({}, '/vault')).toThrow('PAYLOAD_KEYS_FILE is not set');
  expect(() => read({ PATIENT_KEYS_FILE }, '/vault')).toThrow('PAYLOAD_KEYS_FILE is not set');
  expect(() => read({ PAYLOAD_KEYS_FILE }, '/vault')).toThrow('PATIENT_KEYS_FILE is not set');
  const byKms = { PAYLOAD_KEYS_FILE, PATIENT_KEY_SERVICE: 'kms://eu-west-1/alias/patients' };
  expect(read(byKms, '/vault').keyFiles).toEqual({ PAYLOAD_KEYS_FILE });
  expect(read({}).keyFiles).toEqual({});
});

it('puts them back as often as asked, and keeps what was there beside', async () => {
  const settings = read(files(), join(home, 'vault'));
  await expect(refuseUnreadableKeys(settings)).rejects.toThrow('PAYLOAD_KEYS_FILE');
  await mkdir(join(home, 'in'));
  for (const [name, path] of Object.entries(files())) await writeFile(path, `of ${name}`);
  await refuseUnreadableKeys(settings);
  expect(await backUpKeys(settings, join(home, 'vault'))).toEqual(Object.keys(files()));

  await writeFile(files().PATIENT_KEYS_FILE, 'of another installation');
  await rm(files().PAYLOAD_KEYS_FILE);
  const copies = await readKeyCopies(settings, join(home, 'vault'));
  await restoreKeys(copies);
  await restoreKeys(copies);
  for (const [name, path] of Object.entries(files())) expect(await readFile(path, 'utf8')).toBe(`of ${name}`);
  const [, , beside, ...rest] = (await readdir(join(home, 'in'))).toSorted((a, b) => a.length - b.length);
  expect(beside).toMatch(/^patient\.before-restore-/);
  expect(rest).toEqual([]);

  await rm(join(home, 'vault', 'patient-keys.json'));
  await expect(readKeyCopies(settings, join(home, 'vault'))).rejects.toThrow('no copy of what PATIENT_KEYS_FILE names');
});
