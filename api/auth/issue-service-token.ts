// `npm run --silent token:service -- --audience internal|codec --caller NAME [--scopes A,B] [--days N]`: makes a service
// token for a program of the operator, and prints it, this once; `list` shows those that there are, `revoke ID` ends one.
// Partners' tokens are made over the API.

import { parseArgs } from 'node:util';
import { openDatabase, type Database } from '../../db/client.ts';
import {
  createInstallationToken,
  listInstallationTokens,
  revokeInstallationToken,
  type ServiceToken,
} from '../../db/service-tokens.ts';
import { isId } from '../../domain/ids.ts';
import { SCOPES_OF_AUDIENCE, type TokenScope } from '../../domain/partners.ts';
import { databaseSettings, parseSettings, settingsOrExit } from '../../process/settings.ts';
import { newServiceToken } from './service.ts';

const USAGE = `usage: npm run --silent token:service -- --audience internal|codec --caller NAME [--scopes A,B] [--days N]
       npm run --silent token:service -- list
       npm run --silent token:service -- revoke ID
`;

function refuse(reason: string): never {
  process.stderr.write(`${reason}\n${USAGE}`);
  process.exit(2);
}

/** What is to be done; answers what is printed, or undefined when there is nothing that it could be done to. */
type Act = (database: Database) => Promise<string | undefined>;

function readArguments(): Act {
  const { values, positionals } = parseArgs({
    options: {
      audience: { type: 'string' },
      caller: { type: 'string' },
      scopes: { type: 'string' },
      days: { type: 'string', default: '365' },
    },
    allowPositionals: true,
  });
  const [command, id, ...more] = positionals;
  const hasOptions = values.audience !== undefined || values.caller !== undefined || values.scopes !== undefined;
  if (command !== undefined && hasOptions) refuse(`${command} takes no options`);
  if (more.length > 0) refuse(`${more.join(' ')} is too much`);
  if (command === undefined) return making(values);
  if (command === 'list' && id === undefined)
    return async (database) => linesOf(await listInstallationTokens(database));
  if (command !== 'revoke') return refuse(`${command} is no command`);
  if (id === undefined || !isId(id)) return refuse('revoke needs the id of a token');
  return async (database) => ((await revokeInstallationToken(database, id)) ? `${id} is revoked\n` : undefined);
}

function making(values: { audience?: string; caller?: string; scopes?: string; days: string }): Act {
  const { audience, caller } = values;
  if (audience !== 'internal' && audience !== 'codec') return refuse('--audience is internal or codec');
  if (!caller || !/^[a-z][a-z0-9-]{0,62}$/.test(caller))
    return refuse('--caller is a name: letters, digits and dashes');
  const known: readonly TokenScope[] = SCOPES_OF_AUDIENCE[audience];
  const scopes = (values.scopes?.split(',') ?? known).map((text) => {
    const scope = known.find((each) => each === text.trim());
    return scope ?? refuse(`${text} is not a scope of ${audience}: these are ${known.join(', ')}`);
  });
  const days = Number(values.days);
  if (!Number.isInteger(days) || days < 1 || days > 731) refuse('--days is from 1 to 731');
  return async (database) => {
    const { secret, kept } = newServiceToken(scopes, new Date(Date.now() + days * 24 * 3600 * 1000));
    await createInstallationToken(database, { ...kept, audience, caller });
    return `${secret}\n`;
  };
}

/** One line each, with tabs between: id, audience, caller, scopes, first characters, expiry, last use. */
const linesOf = (tokens: readonly ServiceToken[]): string =>
  tokens
    .map(({ tokenId, audience, caller, scopes, prefix, expiresAt, lastUsedAt }) =>
      [
        tokenId,
        audience,
        caller,
        scopes.join(','),
        `${prefix}…`,
        `${expiresAt < new Date() ? 'expired' : 'expires'} ${expiresAt.toISOString()}`,
        lastUsedAt === null ? 'never used' : `last used ${lastUsedAt.toISOString()}`,
      ].join('\t'),
    )
    .map((line) => `${line}\n`)
    .join('');

const act = readArguments();
const settings = settingsOrExit((environment) => parseSettings(databaseSettings, environment));
const database = openDatabase({ url: settings.DATABASE_URL, applicationName: 'varloom-token' });
const said = await act(database);
await database.close();
if (said === undefined) {
  process.stderr.write('There is no such token, or it was revoked before. `list` shows those that there are.\n');
  process.exitCode = 1;
} else process.stdout.write(said);
