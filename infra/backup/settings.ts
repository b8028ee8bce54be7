// What backup and restore are told: by the settings of the installation, and by the command's arguments.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

export class Refused extends Error {}

export interface BackupSettings {
  /** As the owner of the schema, who sees every row. */
  databaseUrl: string;
  endpoint: string | undefined;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string } | undefined;
  buckets: Record<BucketName, string>;
  /** The key files of this installation: by setting, the path. Keys that a KMS keeps have none. */
  keyFiles: Record<string, string>;
}

export type BucketName = 'inputs' | 'results';

const KEY_FILES = ['PAYLOAD_KEYS_FILE', 'PATIENT_KEYS_FILE', 'AUDIT_KEY_FILE'];

export interface Command {
  /** Of the backup. */
  directory: string;
  /** Where the keys are, or go: another place than the backup. */
  keysDirectory: string | undefined;
  withoutKeys: boolean;
  retrieve: boolean;
  /** The database was restored from this backup already: only keys and objects are put back. */
  again: boolean;
}

export const USAGE = `usage:
  npm run backup  -- DIRECTORY (--keys DIRECTORY | --without-keys) [--retrieve]
  npm run restore -- DIRECTORY (--keys DIRECTORY | --without-keys) [--again]

--keys          where copies of the key files go, or are: never in the backup, nor around it
--without-keys  the keys are kept elsewhere: by a KMS, or by people
--retrieve      asks the store for archived objects that are not in the backup yet; a later backup copies them
--again         the rows of this backup are in the database already: puts back keys and objects, and verifies`;

/** @throws Refused */
export function readCommand(args: string[]): Command {
  let parsed;
  try {
    parsed = parseArgs({
      args,
      allowPositionals: true,
      options: {
        keys: { type: 'string' },
        'without-keys': { type: 'boolean', default: false },
        retrieve: { type: 'boolean', default: false },
        again: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new Refused(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  }
  const { positionals, values } = parsed;
  const [given, ...rest] = positionals;
  if (given === undefined || rest.length > 0) throw new Refused(USAGE);
  if ((values.keys === undefined) !== values['without-keys']) throw new Refused(USAGE);
  const directory = resolve(given);
  const keysDirectory = values.keys === undefined ? undefined : resolve(values.keys);
  const isWithin = (inner: string, outer: string) => `${inner}/`.startsWith(`${outer}/`);
  if (keysDirectory && (isWithin(keysDirectory, directory) || isWithin(directory, keysDirectory))) {
    throw new Refused(
      '--keys: who finds the backup must not find the keys: name a directory that is not in it, nor around it',
    );
  }
  const { retrieve, again } = values;
  return { directory, keysDirectory, withoutKeys: values['without-keys'], retrieve, again };
}

/** @throws Refused also when the keys are to be copied, and the settings do not say where they are */
export function readBackupSettings(
  environment: NodeJS.ProcessEnv,
  { keysDirectory }: Pick<Command, 'keysDirectory'>,
): BackupSettings {
  const read = (name: string): string | undefined => {
    const file = environment[`${name}_FILE`];
    return environment[name] || (file ? readFileSync(file, 'utf8').replace(/\r?\n$/, '') : undefined);
  };
  const databaseUrl = read('DATABASE_OWNER_URL') ?? read('DATABASE_URL');
  if (databaseUrl === undefined) throw new Refused('DATABASE_OWNER_URL is not set');
  if (keysDirectory !== undefined) {
    // A KMS may hold the keys of patients; payloads have a file in any case.
    const isByKms = read('PATIENT_KEY_SERVICE')?.startsWith('kms:');
    for (const name of isByKms ? ['PAYLOAD_KEYS_FILE'] : ['PAYLOAD_KEYS_FILE', 'PATIENT_KEYS_FILE']) {
      if (!environment[name]) throw new Refused(`--keys: ${name} is not set, so its keys cannot be found`);
    }
  }
  const [accessKeyId, secretAccessKey] = [read('AWS_ACCESS_KEY_ID'), read('AWS_SECRET_ACCESS_KEY')];
  return {
    databaseUrl,
    endpoint: environment['S3_ENDPOINT'] || undefined,
    region: environment['AWS_REGION'] || 'us-east-1',
    credentials: accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : undefined,
    buckets: {
      inputs: environment['S3_INPUTS_BUCKET'] || 'varloom-inputs',
      results: environment['S3_RESULTS_BUCKET'] || 'varloom-results',
    },
    keyFiles: Object.fromEntries(
      KEY_FILES.flatMap((name) => {
        const path = environment[name];
        return path ? [[name, path]] : [];
      }),
    ),
  };
}
