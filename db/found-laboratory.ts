// `npm run laboratory -- NAME ADMIN_EMAIL`: founds a laboratory, or gives one an administrator (again). Everything else
// about its members its administrator does through the API.

import { z } from 'zod';
import { remedyOf, VarloomError } from '../domain/errors.ts';
import { system } from '../domain/principal.ts';
import { BadSettings, databaseSettings, parseSettings } from '../process/settings.ts';
import { openDatabase } from './client.ts';
import { appointAdministrator } from './laboratories.ts';

const given = z.tuple([z.string().trim().min(1).max(200), z.email()]).safeParse(process.argv.slice(2));
const fail = (message: string) => {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
};

if (!given.success) fail('usage: npm run laboratory -- NAME ADMIN_EMAIL');
else await found(...given.data);

async function found(name: string, email: string): Promise<void> {
  try {
    const settings = parseSettings(databaseSettings, process.env);
    const database = openDatabase({ url: settings.DATABASE_URL, applicationName: 'varloom-laboratory' });
    try {
      await appointAdministrator(database, system('laboratory-cli'), name, email);
      process.stdout.write(`${email} is an administrator of ${name}\n`);
    } finally {
      await database.close();
    }
  } catch (error) {
    if (error instanceof VarloomError) fail(`${error.message} ${remedyOf(error.type)}`);
    else if (error instanceof BadSettings) fail(error.message);
    else throw error;
  }
}
