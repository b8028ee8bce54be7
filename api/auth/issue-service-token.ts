// `npm run --silent token:service -- --audience internal|codec --caller NAME [--scopes A,B] [--days N]`: makes a service
// token for a program of the operator, and prints it, this once. Partners' tokens are made over the API.

import { parseArgs } from 'node:util';
import { openDatabase } from '../../db/client.ts';
import { createInstallationToken } from '../../db/service-tokens.ts';
import { SCOPES_OF_AUDIENCE, type TokenScope } from '../../domain/partners.ts';
import { databaseSettings, parseSettings, settingsOrExit } from '../../process/settings.ts';
import { newServiceToken } from './service.ts';

const USAGE = `usage: npm run --silent token:service -- --audience internal|codec --caller NAME [--scopes A,B] [--days N]\n`;

function refuse(reason: string): never {
  process.stderr.write(`${reason}\n${USAGE}`);
  process.exit(2);
}

function readArguments() {
  const { values } = parseArgs({
    options: {
      audience: { type: 'string' },
      caller: { type: 'string' },
      scopes: { type: 'string' },
      days: { type: 'string', default: '365' },
    },
  });
  const { audience, caller } = values;
  if (audience !== 'internal' && audience !== 'codec') refuse('--audience is internal or codec');
  if (!caller || !/^[a-z][a-z0-9-]{0,62}$/.test(caller)) refuse('--caller is a name: letters, digits and dashes');
  const known: readonly TokenScope[] = SCOPES_OF_AUDIENCE[audience];
  const scopes = (values.scopes?.split(',') ?? known).map((text) => {
    const scope = known.find((each) => each === text.trim());
    return scope ?? refuse(`${text} is not a scope of ${audience}: these are ${known.join(', ')}`);
  });
  const days = Number(values.days);
  if (!Number.isInteger(days) || days < 1 || days > 731) refuse('--days is from 1 to 731');
  return { audience, caller, scopes, expiresAt: new Date(Date.now() + days * 24 * 3600 * 1000) } as const;
}

const { audience, caller, scopes, expiresAt } = readArguments();
const settings = settingsOrExit((environment) => parseSettings(databaseSettings, environment));
const database = openDatabase({ url: settings.DATABASE_URL, applicationName: 'varloom-token' });
const { secret, kept } = newServiceToken(scopes, expiresAt);
await createInstallationToken(database, { ...kept, audience, caller });
await database.close();
process.stdout.write(`${secret}\n`);
