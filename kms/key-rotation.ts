// Changes of a key file: a key is added, and later made the active one. Two steps, since every process must know a key before
// the first of them encrypts with it. Keys are never removed: histories hold what they encrypted.

import { randomBytes } from 'node:crypto';
import { open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';

const keysFile = z.strictObject({
  active: z.string().min(1),
  keys: z.record(z.string().min(1), z.base64()),
});
type KeysFile = z.infer<typeof keysFile>;

/** What is wrong, without a key in it. */
export class KeyFileRefused extends Error {
  override name = 'KeyFileRefused';
}

/** The ids in the order in which they were added. */
export async function listKeys(path: string): Promise<{ id: string; isActive: boolean }[]> {
  const { active, keys } = await read(path);
  return Object.keys(keys).map((id) => ({ id, isActive: id === active }));
}

/** Adds a fresh key of 256 bits, which only decrypts until it is made active. Answers its id. @throws KeyFileRefused */
export async function addKey(path: string, id = newId()): Promise<string> {
  if (!/^[\w.-]{1,64}$/.test(id)) throw new KeyFileRefused('an id is letters, digits, dots and dashes, at most 64');
  // JSON puts ids that are whole numbers before all others, and the order would say nothing any more.
  if (/^\d+$/.test(id)) throw new KeyFileRefused('an id is not a number');
  await change(path, (file) => {
    if (Object.hasOwn(file.keys, id)) throw new KeyFileRefused(`there is a key ${id} already`);
    return { ...file, keys: { ...file.keys, [id]: randomBytes(32).toString('base64') } };
  });
  return id;
}

/** From the restart of each process on, this key encrypts. @throws KeyFileRefused */
export async function activateKey(path: string, id: string): Promise<void> {
  await change(path, (file) => {
    if (!Object.hasOwn(file.keys, id)) throw new KeyFileRefused(`there is no key ${id} in the file: add it first`);
    return { ...file, active: id };
  });
}

const newId = () => `key-${new Date().toISOString().slice(0, 10)}-${randomBytes(3).toString('hex')}`;

async function read(path: string): Promise<KeysFile> {
  try {
    return keysFile.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    const reason =
      error instanceof z.ZodError ? 'it is not of the form {"active", "keys"}' : 'it cannot be read as JSON';
    throw new KeyFileRefused(`${path} cannot be used: ${reason}`);
  }
}

/** The whole new file or the old one, whenever the machine stops; and one change at a time. */
async function change(path: string, alter: (file: KeysFile) => KeysFile): Promise<void> {
  // A link stays a link.
  const target = await realpath(path).catch(() => path);
  const draft = `${target}.new`;
  const file = await open(draft, 'wx', 0o600).catch((error: unknown) => {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    throw isThere
      ? new KeyFileRefused(`${draft} is there: somebody else changes the keys now, or was interrupted (then remove it)`)
      : error;
  });
  try {
    const text = JSON.stringify(alter(await read(target)), null, 2);
    // The processes may run as another user than the one who rotates.
    const { mode, uid, gid } = await stat(target);
    await file.chmod(mode & 0o777);
    await file.chown(uid, gid);
    await file.writeFile(`${text}\n`);
    await file.sync();
    await file.close();
    await rename(draft, target);
  } catch (error) {
    await file.close();
    await rm(draft, { force: true });
    throw error;
  }
  const directory = await open(dirname(target), 'r');
  await directory.sync();
  await directory.close();
}
