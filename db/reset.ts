// `npm run db:reset`: drops everything in the database and migrates anew. Refuses in production.

import postgres from 'postgres';
import { settingsOrExit } from '../process/settings.ts';
import { migrate } from './migrate.ts';
import { readOwnerUrlUnlessProduction, WHAT_IS_LEFT } from './settings.ts';

const ownerUrl = settingsOrExit((environment) => readOwnerUrlUnlessProduction('db:reset', environment));
const connection = postgres(ownerUrl, { max: 1, onnotice: () => {} });
await connection`drop schema if exists patient cascade`;
await connection`drop schema if exists public cascade`;
await connection`drop schema if exists drizzle cascade`;
await connection`create schema public`;
await connection.end();
await migrate(ownerUrl);
process.stdout.write(`The database is empty, with the schema of this version.\n${WHAT_IS_LEFT}`);
