// The statements of a release as Postgres understands them: what types they take and give, and what an INSERT leaves out.

import type postgres from 'postgres';
import { plainName } from './statements-of.ts';

export interface Described {
  statement: string;
  /** `uuid, text -> job_id uuid, status text`: the types of the parameters, and the columns of the answer. */
  types: string;
}

/** On one line. Texts with a value in them are no statement that is sent again: undefined. */
export function onOneLine(text: string): string | undefined {
  if (/--|\/\*|'[0-9a-f]{8}-[0-9a-f]{4}/.test(text)) return undefined;
  return text.replaceAll(/\s*\n\s*/g, ' ').trim();
}

/** Lists of other lengths are the same statement: `in ($1, $2)` and `in ($1, $2, $3)`, one row of values or several. */
export const shapeOf = (statement: string): string =>
  statement
    .replaceAll(/\$\d+/g, '$')
    .replaceAll(/\$(?:::\w+(?:\[\])?)?(?:, ?\$(?:::\w+(?:\[\])?)?)*/g, '$…')
    .replaceAll(/(\([^()]*\))(?:, ?\1)+/g, '$1');

/** One statement of each shape, the shortest, in order. */
export function reviewable(texts: Iterable<string>): string[] {
  const byShape = new Map<string, string>();
  for (const text of texts) {
    const statement = onOneLine(text);
    if (statement === undefined) continue;
    const shape = shapeOf(statement);
    const known = byShape.get(shape);
    if (known === undefined || statement.length < known.length) byShape.set(shape, statement);
  }
  return [...byShape.values()].toSorted();
}

/** Throws what Postgres says of a statement that the schema does not bear. */
export async function describe(sql: postgres.Sql, statement: string): Promise<Described> {
  const { types, columns } = await sql.unsafe(statement).describe();
  const oids = [...types, ...columns.map(({ type }) => type)];
  const rows = await sql<{ name: string }[]>`
    select format_type(oid, null) as name from unnest(${oids}::oid[]) with ordinality as t (oid, place) order by place`;
  const names = rows.map(({ name }) => name);
  const answer = columns.map(({ name }, i) => `${name} ${names[types.length + i] ?? ''}`);
  return { statement, types: `${names.slice(0, types.length).join(', ')} -> ${answer.join(', ')}` };
}

/** Each statement below its types, as a comment, and an empty line between. */
export const recordOf = (described: readonly Described[]): string =>
  described.map(({ statement, types }) => `-- ${types}\n${statement};\n`).join('\n');

export function readRecord(text: string): Described[] {
  return text
    .split('\n\n')
    .map((entry) => /^-- ([^\n]*)\n([^\n]*);\n?$/.exec(entry))
    .flatMap((found) => (found ? [{ types: found[1] ?? '', statement: found[2] ?? '' }] : []));
}

/** What is no longer as it was for a process that issues these statements. Connected as the role of the processes. */
export async function troublesOf(sql: postgres.Sql, recorded: readonly Described[]): Promise<string[]> {
  const required = await requiredColumns(sql);
  const troubles: string[] = [];
  for (const { statement, types } of recorded) {
    const short = statement.slice(0, 200);
    try {
      const now = await describe(sql, statement);
      if (!now.types.startsWith(types)) troubles.push(`${short}: was ${types}, is ${now.types}`);
    } catch (error) {
      troubles.push(`${short}: ${error instanceof Error ? error.message : String(error)}`);
    }
    const left = columnsLeftOut(statement, required);
    if (left.length > 0) troubles.push(`${short}: leaves out ${left.join(', ')}`);
  }
  return troubles;
}

/** By table: the columns that an INSERT must name. */
async function requiredColumns(sql: postgres.Sql): Promise<Map<string, string[]>> {
  const rows = await sql<{ table: string; columns: string[] }[]>`
    select n.nspname || '.' || c.relname as table, array_agg(a.attname::text) as columns
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and n.nspname in ('public', 'patient') and a.attnum > 0 and not a.attisdropped
      and a.attnotnull and not a.atthasdef and a.attidentity = ''
    group by 1`;
  return new Map(rows.map(({ table, columns }) => [plainName(table), columns]));
}

function columnsLeftOut(statement: string, required: Map<string, string[]>): string[] {
  const inserts = statement.matchAll(/\binsert into ((?:"?\w+"?\.)?"?\w+"?) (?:as \w+ )?\(([^()]*)\)/gi);
  return [...inserts].flatMap(([, table = '', columns = '']) => {
    const named = columns.split(',').map((column) => plainName(column.trim()));
    return (required.get(plainName(table)) ?? []).filter((column) => !named.includes(column));
  });
}
