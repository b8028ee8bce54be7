// The settings of what acts as the owner of the schema.

import {
  BadSettings,
  databaseSettings,
  parseSettings,
  processSettings,
  type Environment,
} from '../process/settings.ts';

/** The owner's URL. @throws BadSettings */
export function readOwnerUrl(environment: Environment): string {
  const { DATABASE_URL: url } = databaseSettings;
  // Owns the schema; the application's own role need not be another one.
  const mayBeTheSame = Boolean(environment['DATABASE_URL'] || environment['DATABASE_URL_FILE']);
  const settings = parseSettings(
    { ...processSettings, DATABASE_URL: url.optional(), DATABASE_OWNER_URL: mayBeTheSame ? url.optional() : url },
    environment,
  );
  const owner = settings.DATABASE_OWNER_URL ?? settings.DATABASE_URL;
  if (owner === undefined) throw new BadSettings('DATABASE_OWNER_URL: is required, or DATABASE_URL in its place');
  return owner;
}

/** The owner's URL, for a command that destroys data. @throws BadSettings in production, too */
export function readOwnerUrlUnlessProduction(command: string, environment: Environment): string {
  const url = readOwnerUrl(environment);
  if (parseSettings(processSettings, environment).NODE_ENV === 'production') {
    throw new BadSettings(`NODE_ENV: ${command} destroys data and is refused in production`);
  }
  return url;
}

/** Said by what empties the database of a stack. */
export const WHAT_IS_LEFT = `The store's objects and Temporal's sagas are as they were. Start the local stack anew before anybody signs in: it makes the
seeded users, their laboratory and the demo genome again. To begin anew with all of it, stop the stack and remove its data (.varloom).
`;
