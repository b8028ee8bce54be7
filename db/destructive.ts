// What the commands that destroy data share: they refuse in production, and act as the owner of the schema.

import { BadSettings, databaseSettings, parseSettings, processSettings } from '../process/settings.ts';

/** The owner's URL. Ends the process, saying why, in production or when a setting is wrong. */
export function ownerUrlUnlessProduction(command: string): string {
  try {
    const settings = parseSettings(
      {
        ...processSettings,
        DATABASE_OWNER_URL: databaseSettings.DATABASE_READER_URL,
        DATABASE_URL: databaseSettings.DATABASE_URL,
      },
      process.env,
    );
    if (settings.NODE_ENV === 'production') {
      throw new BadSettings(`${command} destroys data and is refused in production`);
    }
    return settings.DATABASE_OWNER_URL ?? settings.DATABASE_URL;
  } catch (error) {
    if (!(error instanceof BadSettings)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
