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

const put = (path: string, active: string | undefined, keys: object) =>
  writeFile(path, JSON.stringify({ active, keys }));
const inFile = async (path: string): Promise<unknown> => JSON.parse(await readFile(path, 'utf8'));

it('drops no key: not of a file that is newer than the backup, nor of a copy that is newer than the file', async () => {
  const settings = read(files(), join(home, 'vault'));
  const { PAYLOAD_KEYS_FILE: payload, PATIENT_KEYS_FILE: patient } = files();
  const restore = async () => restoreKeys(await readKeyCopies(settings, join(home, 'vault')));
  await mkdir(join(home, 'in'));
  await put(payload, 'old', { old: 'b2xk' });
  // Of the audit log: an auditor's file has public halves only.
  await put(patient, 'signs', { signs: { public: 'cHVi', private: 'cHJp' } });
  await backUpKeys(settings, join(home, 'vault'));

  await put(payload, 'new', { old: 'b2xk', new: 'bmV3' });
  const newer = await readFile(payload);
  await put(patient, undefined, { signs: { public: 'cHVi' }, since: { public: 'c2lu' } });
  await restore();
  expect(await readFile(payload)).toEqual(newer);
  const halves = { signs: { public: 'cHVi', private: 'cHJp' }, since: { public: 'c2lu' } };
  expect(await inFile(patient)).toEqual({ active: 'signs', keys: halves });

  await put(payload, 'fresh', { fresh: 'ZnJl' });
  await restore();
  expect(await inFile(payload)).toEqual({ active: 'fresh', keys: { old: 'b2xk', fresh: 'ZnJl' } });
  await put(payload, 'other', { other: 'b3Ro' });
  await backUpKeys(settings, join(home, 'vault'));
  const copy = join(home, 'vault', 'payload-keys.json');
  expect(await inFile(copy)).toEqual({ active: 'other', keys: { old: 'b2xk', other: 'b3Ro' } });
});

it('refuses two keys by one id, before anything is written', async () => {
  const settings = read(files(), join(home, 'vault'));
  const { PAYLOAD_KEYS_FILE: payload, PATIENT_KEYS_FILE: patient } = files();
  await mkdir(join(home, 'in'));
  for (const path of [payload, patient]) await put(path, 'a', { a: 'b2xk' });
  await backUpKeys(settings, join(home, 'vault'));
  await put(payload, 'a', { a: 'b3Ro' });
  const refusal = 'PAYLOAD_KEYS_FILE: a is another key in the backup';
  await expect(readKeyCopies(settings, join(home, 'vault'))).rejects.toThrow(refusal);
  await expect(backUpKeys(settings, join(home, 'vault'))).rejects.toThrow(refusal);
});
