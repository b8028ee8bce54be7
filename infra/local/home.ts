// The home of a local stack: the one directory that holds its data, secrets, logs and the record of what runs.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectDirectory = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');

export interface Home {
  directory: string;
  logs: string;
  data: string;
  secrets: string;
  keys: string;
  run: string;
  /** Staging directories and the cache of reference genomes. */
  work: string;
  /** What contract-bound programs read: addresses, processes, users. */
  stackFile: string;
  /** The settings of the application's processes, for the commands that run beside the stack. */
  settingsFile: string;
}

/** Names and makes the directories of the home that VARLOOM_HOME names, `.varloom` of the project by default. */
export function openHome(directory: string = homeDirectory()): Home {
  const home: Home = {
    directory,
    logs: join(directory, 'logs'),
    data: join(directory, 'data'),
    secrets: join(directory, 'secrets'),
    keys: join(directory, 'keys'),
    run: join(directory, 'run'),
    work: join(directory, 'work'),
    stackFile: join(directory, 'stack.json'),
    settingsFile: join(directory, 'run', 'settings.json'),
  };
  for (const path of [directory, home.logs, home.data, home.run, home.work]) mkdirSync(path, { recursive: true });
  for (const path of [home.secrets, home.keys]) mkdirSync(path, { recursive: true, mode: 0o700 });
  return home;
}

export function homeDirectory(): string {
  return resolve(projectDirectory, process.env['VARLOOM_HOME'] || '.varloom');
}

/** Writes the whole file or nothing, readable by its owner only. */
export function writePrivately(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}.part`;
  writeFileSync(draft, text, { mode: 0o600 });
  chmodSync(draft, 0o600); // the mode above does not apply to a draft that a crash left behind
  renameSync(draft, path);
}

export function writeJson(path: string, value: unknown): void {
  writePrivately(path, `${JSON.stringify(value, null, 2)}\n`);
}

/** The parsed file, or undefined when there is none or it is not JSON. Its shape is the caller's to check. */
export function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** A secret kept in `directory`: made once (32 random bytes, base64url), the same ever after. */
export function keptSecret(directory: string, name: string): string {
  const path = join(directory, name);
  if (existsSync(path)) return readFileSync(path, 'utf8').trim();
  const secret = randomBytes(32).toString('base64url');
  writePrivately(path, `${secret}\n`);
  return secret;
}

/** The keys that encrypt workflow payloads. Answers the path of the file. */
export function ensurePayloadKeys(home: Home): string {
  return ensureKeys(home, 'payload-keys.json');
}

/** The keys that wrap the keys of patients. Answers the path of the file. */
export function ensurePatientKeys(home: Home): string {
  return ensureKeys(home, 'patient-keys.json');
}

/** The Ed25519 pair that signs checkpoints of the audit log, made once. Answers the path of the file. */
export function ensureAuditKeys(home: Home): string {
  const path = join(home.keys, 'audit-keys.json');
  if (!existsSync(path)) {
    const id = `local-${randomBytes(4).toString('hex')}`;
    const pair = generateKeyPairSync('ed25519');
    const halves = {
      public: pair.publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
      private: pair.privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
    };
    writeJson(path, { active: id, keys: { [id]: halves } });
  }
  return path;
}

/** `{active, keys: {id: base64 of 32 bytes}}`, made once. */
function ensureKeys(home: Home, name: string): string {
  const path = join(home.keys, name);
  if (!existsSync(path)) {
    const id = `local-${randomBytes(4).toString('hex')}`;
    writeJson(path, { active: id, keys: { [id]: randomBytes(32).toString('base64') } });
  }
  return path;
}
