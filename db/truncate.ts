// `npm run db:truncate`: removes every row and keeps the schema. Refuses in production.

import postgres from 'postgres';
import { ownerUrlUnlessProduction } from './destructive.ts';

const connection = postgres(ownerUrlUnlessProduction('db:truncate'), { max: 1, onnotice: () => {} });
const tables = await connection<{ tablename: string }[]>`select tablename from pg_tables where schemaname = 'public'`;
if (tables.length > 0) await connection`truncate ${connection(tables.map(({ tablename }) => tablename))} cascade`;
await connection.end();
