// What the sandbox remembers, in one SQLite file. An act (objects, events, deliveries, the kept answer) is one
// transaction, so that a kill leaves it done or not done.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { ObjectKind, StoredObjects } from './stored.ts';

export interface ListQuery {
  /** Equal to these top-level fields; undefined ones are not asked for. */
  where?: Record<string, string | number | boolean | undefined>;
  created?: { gt?: number; gte?: number; lt?: number; lte?: number };
  limit: number;
  startingAfter?: string;
  endingBefore?: string;
}

export class SandboxStore {
  readonly database: DatabaseSync;

  /** Without a directory it lives in memory, and ends with the process. */
  constructor(directory?: string) {
    if (directory !== undefined) mkdirSync(directory, { recursive: true });
    this.database = new DatabaseSync(directory === undefined ? ':memory:' : join(directory, 'stripe.sqlite'));
    this.database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      PRAGMA busy_timeout = 2000;
      CREATE TABLE IF NOT EXISTS objects (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, body TEXT NOT NULL,
        customer TEXT GENERATED ALWAYS AS (json_extract(body, '$.customer')) VIRTUAL
      );
      CREATE INDEX IF NOT EXISTS objects_kind ON objects (kind, seq);
      CREATE INDEX IF NOT EXISTS objects_customer ON objects (kind, customer, seq);
      CREATE TABLE IF NOT EXISTS answers (
        key TEXT PRIMARY KEY, request TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL, kept_until INTEGER NOT NULL
      );
      CREATE TABLE IF NOT EXISTS due_acts (
        act TEXT NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL, clock TEXT NOT NULL,
        PRIMARY KEY (act, id)
      );
      CREATE INDEX IF NOT EXISTS due_acts_at ON due_acts (clock, at);
      CREATE TABLE IF NOT EXISTS deliveries (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL, endpoint TEXT NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0, first_at INTEGER NOT NULL, next_at INTEGER, last_status TEXT
      );
      CREATE INDEX IF NOT EXISTS deliveries_next ON deliveries (next_at) WHERE next_at IS NOT NULL;
      CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY, value TEXT NOT NULL);
    `);
  }

  /** All of `work` or nothing of it. Nested calls join the outer one. */
  act<T>(work: () => T): T {
    if (this.database.isTransaction) return work();
    this.database.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.database.exec('COMMIT');
      return result;
    } catch (error) {
      this.database.exec('ROLLBACK');
      throw error;
    }
  }

  insert<Kind extends ObjectKind>(kind: Kind, object: StoredObjects[Kind]): StoredObjects[Kind] {
    const body = JSON.stringify(object);
    this.database.prepare('INSERT INTO objects (id, kind, body) VALUES (?, ?, ?)').run(object.id, kind, body);
    return object;
  }

  /** Writes `changes` over the object's fields and answers the whole. Throws when there is no such object. */
  change<Kind extends ObjectKind>(kind: Kind, id: string, changes: Partial<StoredObjects[Kind]>): StoredObjects[Kind] {
    const before = this.find(kind, id);
    if (!before) throw new Error(`there is no ${kind} ${id}`);
    const after = { ...before, ...changes };
    this.database.prepare('UPDATE objects SET body = ? WHERE id = ?').run(JSON.stringify(after), id);
    return after;
  }

  find<Kind extends ObjectKind>(kind: Kind, id: string): StoredObjects[Kind] | undefined {
    const row = this.database.prepare('SELECT body FROM objects WHERE id = ? AND kind = ?').get(id, kind);
    return row && parse<StoredObjects[Kind]>(row['body']);
  }

  /** For what the sandbox itself has written down: it cannot be missing. */
  need<Kind extends ObjectKind>(kind: Kind, id: string): StoredObjects[Kind] {
    const found = this.find(kind, id);
    if (!found) throw new Error(`the sandbox lost its ${kind} ${id}`);
    return found;
  }

  /** Of whatever kind: ids are unique over all of them. */
  findAny(id: string): Record<string, unknown> | undefined {
    const row = this.database.prepare('SELECT body FROM objects WHERE id = ?').get(id);
    return row && parse<Record<string, unknown>>(row['body']);
  }

  remove(id: string): void {
    this.database.prepare('DELETE FROM objects WHERE id = ?').run(id);
  }

  /** Newest first, as Stripe lists. A cursor that is not known answers an empty list. */
  list<Kind extends ObjectKind>(kind: Kind, query: ListQuery): { data: StoredObjects[Kind][]; hasMore: boolean } {
    const conditions = ['kind = ?'];
    const values: (string | number)[] = [kind];
    const add = (condition: string, value: string | number) => {
      conditions.push(condition);
      values.push(value);
    };
    for (const [field, value] of Object.entries(query.where ?? {})) {
      if (value === undefined) continue;
      const column = field === 'customer' ? 'customer' : `json_extract(body, '$.${field}')`;
      add(`${column} = ?`, typeof value === 'boolean' ? Number(value) : value);
    }
    const comparisons = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;
    for (const name of ['gt', 'gte', 'lt', 'lte'] as const) {
      const bound = query.created?.[name];
      if (bound !== undefined) add(`json_extract(body, '$.created') ${comparisons[name]} ?`, bound);
    }
    if (query.startingAfter) add('seq < (SELECT seq FROM objects WHERE id = ?)', query.startingAfter);
    if (query.endingBefore) add('seq > (SELECT seq FROM objects WHERE id = ?)', query.endingBefore);
    const direction = query.endingBefore ? 'ASC' : 'DESC';
    const rows = this.database
      .prepare(`SELECT body FROM objects WHERE ${conditions.join(' AND ')} ORDER BY seq ${direction} LIMIT ?`)
      .all(...values, query.limit + 1)
      .map(({ body }) => parse<StoredObjects[Kind]>(body));
    const data = rows.slice(0, query.limit);
    return { data: query.endingBefore ? data.reverse() : data, hasMore: rows.length > query.limit };
  }

  /** Every one with these fields, newest first. */
  all<Kind extends ObjectKind>(kind: Kind, where: ListQuery['where'] = {}): StoredObjects[Kind][] {
    return this.list(kind, { where, limit: 1_000_000 }).data;
  }

  note(name: string): string | undefined {
    const row = this.database.prepare('SELECT value FROM notes WHERE name = ?').get(name);
    return row && String(row['value']);
  }

  setNote(name: string, value: string): void {
    this.database.prepare('INSERT OR REPLACE INTO notes (name, value) VALUES (?, ?)').run(name, value);
  }

  close(): void {
    this.database.close();
  }
}

// The bodies were written by `insert` and `change` above, and by nobody else.
const parse = <T>(body: unknown): T => JSON.parse(String(body)) as T;
