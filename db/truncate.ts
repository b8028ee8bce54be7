// `npm run db:truncate`: removes every row and keeps the schema. Refuses in production.

import postgres from 'postgres';
import { BadSettings, databaseSettings, parseSettings, processSettings } from '../process/settings.ts';

const settings = parseSettings(
  {
    ...processSettings,
    DATABASE_OWNER_URL: databaseSettings.DATABASE_READER_URL,
    DATABASE_URL: databaseSettings.DATABASE_URL,
  },
  process.env,
);
if (settings.NODE_ENV === 'production')
  throw new BadSettings('db:truncate removes all rows and is refused in production');

const connection = postgres(settings.DATABASE_OWNER_URL ?? settings.DATABASE_URL, { max: 1, onnotice: () => {} });
const tables = await connection<{ tablename: string }[]>`select tablename from pg_tables where schemaname = 'public'`;
if (tables.length > 0) await connection`truncate ${connection(tables.map(({ tablename }) => tablename))} cascade`;
await connection.end();
