// What of a migration would trouble a process of the release before, which still runs while the new one comes: everything
// that does more than add. A migration that says itself that older processes cannot go on (a contraction) may do it.

import { listItems, plainName, statementsOf } from './statements-of.ts';

export interface Breach {
  /** The statement, or the part of it. */
  what: string;
  why: string;
}

const NAME = String.raw`((?:"[^"]+"|\w+)(?:\.(?:"[^"]+"|\w+))?)`;
const match = (statement: string, pattern: string) => new RegExp(`^${pattern}`, 'i').exec(statement);

/** What the same migration has made: no older process knows it. */
interface Made {
  tables: Set<string>;
  /** `table.column`. */
  columns: Set<string>;
  functions: Set<string>;
}

/** The breaches of one migration's text, each once, in the order of its statements. */
export function breachesOf(migration: string): Breach[] {
  const made: Made = { tables: new Set(), columns: new Set(), functions: new Set() };
  return statementsOf(migration).flatMap((statement) =>
    breachesOfStatement(statement, made).map(({ what, why }) => ({ what: what.slice(0, 160), why })),
  );
}

/**
 * Indexes on tables that are there already: Postgres keeps writes waiting while it builds one, and cannot do otherwise in the
 * transaction that migrations run in. With IF NOT EXISTS, who has many rows can build it before, CONCURRENTLY.
 */
export function blockingIndexesOf(migration: string): string[] {
  const statements = statementsOf(migration);
  const made = statements.flatMap(
    (one) => match(one, `CREATE (?:UNLOGGED )?TABLE (?:IF NOT EXISTS )?${NAME}`)?.[1] ?? [],
  );
  const isNew = (table: string) => made.some((one) => plainName(one) === plainName(table));
  return statements.filter((one) => {
    const [, exists, table = ''] =
      match(one, `CREATE (?:UNIQUE )?INDEX (IF NOT EXISTS )?.*? ON (?:ONLY )?${NAME}`) ?? [];
    return table !== '' && exists === undefined && !isNew(table);
  });
}

/** How many migrations a process must know after this one, where the migration says so. */
export function oldestProcessOf(migration: string): number | undefined {
  for (const statement of statementsOf(migration)) {
    const found = match(statement, 'UPDATE drizzle\\.oldest_process SET knows_migrations = (\\d+)$');
    if (found) return Number(found[1]);
  }
  return undefined;
}

function breachesOfStatement(statement: string, made: Made): Breach[] {
  const breach = (why: string): Breach[] => [{ what: statement, why }];
  const isNew = (table: string | undefined) => made.tables.has(plainName(table ?? ''));

  const table = match(statement, `CREATE (?:UNLOGGED )?TABLE (?:IF NOT EXISTS )?${NAME}`);
  if (table) {
    made.tables.add(plainName(table[1] ?? ''));
    return [];
  }
  const alteredTable = match(statement, `ALTER TABLE (?:IF EXISTS )?(?:ONLY )?${NAME} (.*)$`);
  if (alteredTable) {
    const [, name = '', actions = ''] = alteredTable;
    if (isNew(name)) return [];
    return listItems(actions).flatMap((action) => breachOfAction(plainName(name), action, made));
  }
  const index = match(statement, `CREATE (UNIQUE )?INDEX .*? ON (?:ONLY )?${NAME}(.*)$`);
  if (index) {
    const [, unique, on = '', rest = ''] = index;
    const columns = /\(([^()]*)\)/.exec(rest)?.[1]?.split(',') ?? [];
    const isOfNewColumns = columns.some((column) => made.columns.has(`${plainName(on)}.${plainName(column.trim())}`));
    if (!unique || isNew(on) || isOfNewColumns) return [];
    return breach('an older process may write what is there already');
  }
  const policy = match(statement, `CREATE POLICY \\S+ ON ${NAME}(.*)$`);
  if (policy) {
    if (isNew(policy[1]) || !/AS RESTRICTIVE/i.test(policy[2] ?? '')) return [];
    return breach('it may keep from an older process rows that it works on');
  }
  const made_ = match(statement, `CREATE FUNCTION ${NAME}`);
  if (made_) {
    made.functions.add(plainName(made_[1] ?? ''));
    return [];
  }
  const trigger = match(statement, `CREATE (?:CONSTRAINT )?TRIGGER \\S+ .*? ON ${NAME} `);
  if (trigger) return isNew(trigger[1]) ? [] : breach('it runs at what an older process writes');
  const revoked = match(statement, `REVOKE .*? ON (?:TABLE )?(?:FUNCTION )?${NAME}`);
  if (revoked) {
    const isOurs = isNew(revoked[1]) || made.functions.has(plainName(revoked[1] ?? ''));
    return isOurs ? [] : breach('an older process may need it');
  }
  const update = match(statement, `UPDATE ${NAME}(?: \\w+)? SET (\\S+) =`);
  if (update) {
    const [, name = '', column = ''] = update;
    if (plainName(name) === 'drizzle.oldest_process' || isNew(name)) return [];
    if (made.columns.has(`${plainName(name)}.${plainName(column)}`)) return [];
    return breach('it changes what an older process works on');
  }
  if (match(statement, '(GRANT|COMMENT ON|INSERT INTO|CREATE (SCHEMA|SEQUENCE|VIEW|TYPE)) ')) return [];
  if (match(statement, 'DO ')) return breach('what a block does cannot be read here');
  return breach('it is none of the kinds that only add');
}

function breachOfAction(table: string, action: string, made: Made): Breach[] {
  const breach = (why: string): Breach[] => [{ what: `ALTER TABLE ${table} ${action}`, why }];
  const added = match(action, `ADD COLUMN (?:IF NOT EXISTS )?${NAME} (.*)$`);
  if (added) {
    const [, column = '', rest = ''] = added;
    made.columns.add(`${table}.${plainName(column)}`);
    const isRequired = /NOT NULL|PRIMARY KEY/i.test(rest);
    const isFilled = /\bDEFAULT\b|\bGENERATED\b/i.test(rest);
    return isRequired && !isFilled ? breach('an older process inserts rows without it') : [];
  }
  const constraint = match(action, `ADD CONSTRAINT ${NAME} (?:FOREIGN KEY|UNIQUE) ?\\(([^()]*)\\)`);
  if (constraint?.[2]?.split(',').some((column) => made.columns.has(`${table}.${plainName(column.trim())}`))) return [];
  // Not even NOT VALID: that spares the rows that are there, and none that comes.
  if (match(action, 'ADD (CONSTRAINT|CHECK|UNIQUE|FOREIGN|PRIMARY|EXCLUDE)')) {
    return breach('what an older process writes may not pass it');
  }
  if (match(action, `ALTER COLUMN ${NAME} SET DEFAULT `) || match(action, 'SET \\(')) return [];
  if (match(action, `ALTER COLUMN ${NAME} (SET NOT NULL|DROP DEFAULT)`)) {
    return breach('an older process inserts rows without it');
  }
  if (match(action, `ALTER COLUMN ${NAME} DROP NOT NULL`))
    return breach('an older process may not know what to do with null');
  if (match(action, `ALTER COLUMN ${NAME} (SET DATA )?TYPE`))
    return breach('an older process reads and writes the old type');
  if (match(action, '(DROP|RENAME)')) return breach('an older process knows it by this name');
  if (match(action, '(ENABLE|FORCE) ROW LEVEL SECURITY')) {
    return breach('it may keep from an older process rows that it works on');
  }
  return breach('it is none of the kinds that only add');
}
