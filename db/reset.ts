// `npm run db:reset`: drops everything in the database and migrates anew. Refuses in production.

import postgres from 'postgres';
import { BadSettings, databaseSettings, parseSettings, processSettings } from '../process/settings.ts';
import { migrate } from './migrate.ts';

const settings = parseSettings(
  {
    ...processSettings,
    DATABASE_OWNER_URL: databaseSettings.DATABASE_READER_URL,
    DATABASE_URL: databaseSettings.DATABASE_URL,
  },
  process.env,
);
if (settings.NODE_ENV === 'production')
  throw new BadSettings('db:reset destroys all data and is refused in production');

const ownerUrl = settings.DATABASE_OWNER_URL ?? settings.DATABASE_URL;
const connection = postgres(ownerUrl, { max: 1, onnotice: () => {} });
await connection`drop schema if exists public cascade`;
await connection`drop schema if exists drizzle cascade`;
await connection`create schema public`;
await connection.end();
await migrate(ownerUrl);
