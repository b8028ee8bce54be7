// `npm run db:truncate`: removes every row and keeps the schema. Refuses in production.

import postgres from 'postgres';
import { settingsOrExit } from '../process/settings.ts';
import { readOwnerUrlUnlessProduction, WHAT_IS_LEFT } from './settings.ts';

const ownerUrl = settingsOrExit((environment) => readOwnerUrlUnlessProduction('db:truncate', environment));
const connection = postgres(ownerUrl, { max: 1, onnotice: () => {} });
const tables = await connection<{ name: string }[]>`
  select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('public', 'patient')`;
if (tables.length > 0) await connection.unsafe(`truncate ${tables.map(({ name }) => name).join(', ')} cascade`);
await connection.end();
process.stdout.write(`Every row is gone, of ${tables.length} tables.\n${WHAT_IS_LEFT}`);
