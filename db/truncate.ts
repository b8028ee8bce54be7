// `npm run db:truncate`: removes every row and keeps the schema. Refuses in production.

import postgres from 'postgres';
import { ownerUrlUnlessProduction } from './destructive.ts';

const connection = postgres(ownerUrlUnlessProduction('db:truncate'), { max: 1, onnotice: () => {} });
const tables = await connection<{ name: string }[]>`
  select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('public', 'patient')`;
if (tables.length > 0) await connection.unsafe(`truncate ${tables.map(({ name }) => name).join(', ')} cascade`);
await connection.end();
