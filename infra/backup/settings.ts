// What backup and restore are told: by the settings of the installation, and by the command's arguments.

import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { readOwnerUrl } from '../../db/settings.ts';
import { patientKeySettings } from '../../kms/settings.ts';
import { BadSettings, parseSettings, type Environment } from '../../process/settings.ts';
import { awsCredentials, storeSettings } from '../../store/client.ts';

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

const KEY_FILES = ['PAYLOAD_KEYS_FILE', 'PATIENT_KEYS_FILE', 'AUDIT_KEY_FILE'] as const;

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

const shape = {
  ...storeSettings,
  PAYLOAD_KEYS_FILE: z.string().min(1).optional(),
  PATIENT_KEY_SERVICE: patientKeySettings.PATIENT_KEY_SERVICE,
  PATIENT_KEYS_FILE: patientKeySettings.PATIENT_KEYS_FILE,
  AUDIT_KEY_FILE: z.string().min(1).optional(),
};

/** @throws Refused also when the keys are to be copied, and the settings do not say where they are */
export function readBackupSettings(
  environment: Environment,
  { keysDirectory }: Pick<Command, 'keysDirectory'>,
): BackupSettings {
  const { databaseUrl, ...settings } = refusing(() => ({
    databaseUrl: readOwnerUrl(environment),
    ...parseSettings(shape, environment),
  }));
  if (keysDirectory !== undefined) {
    // A KMS may hold the keys of patients; payloads have a file in any case.
    const isByKms = settings.PATIENT_KEY_SERVICE.startsWith('kms:');
    for (const name of isByKms
      ? (['PAYLOAD_KEYS_FILE'] as const)
      : (['PAYLOAD_KEYS_FILE', 'PATIENT_KEYS_FILE'] as const)) {
      if (settings[name] === undefined) throw new Refused(`--keys: ${name} is not set, so its keys cannot be found`);
    }
  }
  return {
    databaseUrl,
    endpoint: settings.S3_ENDPOINT,
    region: settings.AWS_REGION,
    credentials: awsCredentials(settings),
    buckets: { inputs: settings.S3_INPUTS_BUCKET, results: settings.S3_RESULTS_BUCKET },
    keyFiles: Object.fromEntries(
      KEY_FILES.flatMap((name) => {
        const path = settings[name];
        return path === undefined ? [] : [[name, path]];
      }),
    ),
  };
}

/** These commands end with a code of their own when they are refused. */
function refusing<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof BadSettings ? new Refused(error.message) : error;
  }
}
