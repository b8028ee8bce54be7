// The connection to Postgres, and the one way to use it: every statement runs in a transaction that carries the
// principal, because row-level security reads it there. Processes act as the role `varloom_app`.

import { sql } from 'drizzle-orm';
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { partnerOfCaller } from '../domain/partners.ts';
import type { Principal } from '../domain/principal.ts';
import { inSpan } from '../process/spans.ts';
import { openConnections } from './connections.ts';
import * as schema from './schema/index.ts';

export { STATEMENT_CHANNEL } from './connections.ts';

export type Schema = typeof schema;
export type Transaction = Parameters<Parameters<PostgresJsDatabase<Schema>['transaction']>[0]>[0];

export interface DatabaseOptions {
  url: string;
  /** A read replica; lists are read there. Defaults to `url`. */
  readerUrl?: string | undefined;
  maxConnections?: number;
  /** Shown in pg_stat_activity. */
  applicationName: string;
}

export interface ReadOptions {
  /** All of the work sees the database as it was at one moment. */
  isSnapshot?: boolean;
}

export interface Database {
  /** Runs `work` in a read-write transaction on the writer, as `principal`. */
  write<T>(principal: Principal, work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** Runs `work` in a read-only transaction on the reader, which may lag: for lists and searches. */
  read<T>(principal: Principal, work: (tx: Transaction) => Promise<T>, options?: ReadOptions): Promise<T>;
  /** Calls `onNotice` for each NOTIFY on `channel`, and `onConnect` whenever listening (re)starts: what came between is lost. */
  listen(channel: string, onNotice: (payload: string) => void, onConnect?: () => void): Promise<() => Promise<void>>;
  /** Throws when the database does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export const APPLICATION_ROLE = 'varloom_app';

export function openDatabase(options: DatabaseOptions): Database {
  const asked = {
    max: options.maxConnections ?? 10,
    connect_timeout: 10,
    idle_timeout: 300,
    onnotice: () => {},
    // `role` here is also what RESET ROLE returns to.
    connection: { application_name: options.applicationName, role: APPLICATION_ROLE },
  };
  const orm = (client: postgres.Sql) => drizzle(client, { schema });
  const writer = openConnections({ ...asked, url: options.url }, orm);
  const { readerUrl = options.url } = options;
  const readsApart = readerUrl !== options.url;
  const reader = readsApart ? openConnections({ ...asked, url: readerUrl }, orm) : writer;
  // Connects when something is listened to, and anew when that connection is lost.
  const listener = postgres(options.url, { ...asked, max: 1 });

  return {
    write: (principal, work) =>
      inSpan(transaction('write'), () =>
        writer.use(({ orm }) =>
          orm.transaction(async (tx) => {
            await actAs(tx, principal);
            const acts: LastAct[] = [];
            lastActs.set(tx, acts);
            const result = await work(tx);
            for (const act of acts) await act();
            return result;
          }),
        ),
      ),
    read: (principal, work, { isSnapshot = false } = {}) =>
      inSpan(transaction('read'), () =>
        reader.use(({ orm }) =>
          orm.transaction(
            async (tx) => {
              await actAs(tx, principal);
              return work(tx);
            },
            { accessMode: 'read only', ...(isSnapshot ? { isolationLevel: 'repeatable read' } : {}) },
          ),
        ),
      ),
    async listen(channel, onNotice, onConnect) {
      const subscription = await listener.listen(channel, onNotice, onConnect);
      return () => subscription.unlisten();
    },
    async ping() {
      await writer.use(({ sql }) => sql`select 1`);
      if (readsApart) await reader.use(({ sql }) => sql`select 1`);
    },
    async close() {
      await Promise.all([writer.close(), readsApart ? reader.close() : undefined, listener.end({ timeout: 5 })]);
    },
  };
}

/** One span a transaction, without its statements: what it is for, the request or activity says that it is part of. */
const transaction = (kind: 'read' | 'write') => ({
  name: `Postgres ${kind}`,
  attributes: { 'db.system': 'postgresql', 'db.operation.name': kind },
});

type LastAct = () => Promise<void>;
const lastActs = new WeakMap<Transaction, LastAct[]>();

/**
 * Has `act` done when the work of a transaction of `database.write` is over, before it commits: what takes a lock that
 * others wait for, and must not wait for others while it has it.
 */
export function beforeCommit(tx: Transaction, act: LastAct): void {
  const acts = lastActs.get(tx);
  if (!acts) throw new Error('this is not a transaction of database.write');
  acts.push(act);
}

/**
 * Runs `work` as the system within a transaction of `principal`: for rows that only the system sees, and that change
 * together with rows of the principal's own. What is written there is checked by nobody but the caller.
 */
export async function elevated<T>(tx: Transaction, principal: Principal, work: () => Promise<T>): Promise<T> {
  await actAs(tx, { kind: 'system', name: 'elevated' });
  const done = await work();
  // After a failure there is nothing to go back to: the transaction is over.
  await actAs(tx, principal);
  return done;
}

/** A program of no partner sees nothing of any. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

async function actAs(tx: Transaction, principal: Principal): Promise<void> {
  const organization = principal.kind === 'system' ? '' : principal.organizationId;
  const partner = principal.kind === 'service' ? (partnerOfCaller(principal.name) ?? NOBODY) : '';
  await tx.execute(
    sql`select set_config('varloom.principal_kind', ${principal.kind}, true),
               set_config('varloom.organization_id', ${organization}, true),
               set_config('varloom.partner_id', ${partner}, true)`,
  );
}
