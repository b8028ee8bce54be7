// The connections to one Postgres, and transactions on them. The driver's own pool has connections outlive their sockets:
// in postgres.js 3.4.9 a statement that follows the loss of one, be it the driver's own `rollback`, is written to no socket
// in a later turn of the loop, which nobody can catch, or is never sent, and neither is what comes after it. So each
// connection here is a client of its own, which is thrown away with its socket.

import { channel } from 'node:diagnostics_channel';
import postgres from 'postgres';

type Driver = Omit<postgres.Options<Record<string, never>>, 'url' | 'max' | 'max_lifetime' | 'fetch_types' | 'onclose'>;

interface Options extends Driver {
  url: string;
  /** At a time. */
  max: number;
}

export interface Connection<Orm> {
  readonly sql: postgres.Sql;
  /** Made over `sql`. */
  readonly orm: Orm;
  /** Rejects when the connection is lost or thrown away. */
  readonly lost: Promise<never>;
  isLost: boolean;
  openedAt: number;
}

export interface Connections<Orm> {
  /** Waits for a connection that no one else has, for as long as `work` takes. One that fails is thrown away. */
  use<T>(work: (connection: Connection<Orm>) => Promise<T>): Promise<T>;
  /** Waits for what runs, at most 5 s. */
  close(): Promise<void>;
}

type Asked = postgres.UnsafeQueryOptions;

interface Waiting<Orm> {
  resolve: (connection: Connection<Orm>) => void;
  reject: (error: Error) => void;
}

/** Some way below what poolers and firewalls allow. */
const LIFETIME_MS = 45 * 60_000;
const CLOSING_MS = 5000;

export function openConnections<Orm>(options: Options, ormOf: (client: postgres.Sql) => Orm): Connections<Orm> {
  const { url, max, ...asked } = options;
  const all = new Set<Connection<Orm>>();
  /** The last one used is used first, so that the others may end when they are idle. */
  const idle: Connection<Orm>[] = [];
  const waiting: Waiting<Orm>[] = [];
  let onAllReturned: (() => void) | undefined;
  let isClosing = false;

  const returned = () => {
    if (idle.length === all.size) onAllReturned?.();
  };

  function open(): Connection<Orm> {
    const lost = Promise.withResolvers<never>();
    lost.promise.catch(() => {});
    const client = postgres(url, {
      ...asked,
      max: 1,
      // What the driver asks of a new connection of its own accord rejects, where that is cut, with nobody to hear of it. It is
      // after the types of arrays, which drizzle reads and writes by itself.
      fetch_types: false,
      // The driver would count it out between two statements of a transaction.
      max_lifetime: null,
      // In the turn of the loop in which the socket closes, before anyone hears of it.
      onclose: () => lose(connection, lost.reject),
    });
    const connection: Connection<Orm> = {
      sql: client,
      orm: ormOf(withTransactions(client, () => connection)),
      lost: lost.promise,
      isLost: false,
      openedAt: Date.now(),
    };
    all.add(connection);
    return connection;
  }

  function lose(connection: Connection<Orm>, reject?: (error: Error) => void) {
    reject?.(connectionLost());
    if (connection.isLost) return;
    connection.isLost = true;
    all.delete(connection);
    const at = idle.indexOf(connection);
    if (at >= 0) idle.splice(at, 1);
    void connection.sql.end({ timeout: 0 }).catch(() => {});
    if (!isClosing) waiting.shift()?.resolve(open());
    returned();
  }

  function giveBack(connection: Connection<Orm>) {
    if (connection.isLost) return;
    const next = waiting.shift();
    if (next) return next.resolve(connection);
    if (Date.now() - connection.openedAt > LIFETIME_MS) return lose(connection);
    idle.push(connection);
    returned();
  }

  const take = async (): Promise<Connection<Orm>> => {
    if (isClosing) throw connectionsEnded();
    const free = idle.pop();
    if (free) return free;
    if (all.size < max) return open();
    return new Promise((resolve, reject) => void waiting.push({ resolve, reject }));
  };

  return {
    async use(work) {
      const connection = await take();
      try {
        return await Promise.race([work(connection), connection.lost]);
      } catch (error) {
        // Known to be good only when its transaction was rolled back.
        if (!rolledBack.delete(connection)) lose(connection);
        throw error;
      } finally {
        giveBack(connection);
      }
    },
    async close() {
      isClosing = true;
      for (const { reject } of waiting.splice(0)) reject(connectionsEnded());
      if (idle.length < all.size) {
        const late = Promise.withResolvers<void>();
        const timer = setTimeout(late.resolve, CLOSING_MS);
        onAllReturned = late.resolve;
        await late.promise;
        clearTimeout(timer);
      }
      await Promise.all([...all].map(({ sql }) => sql.end({ timeout: 0 })));
    },
  };
}

const connectionLost = () =>
  Object.assign(new Error('the connection to Postgres is lost, or its transaction over'), {
    code: 'CONNECTION_CLOSED',
  });
const connectionsEnded = () =>
  Object.assign(new Error('the connections to Postgres are closed'), { code: 'CONNECTION_ENDED' });

type Held = Connection<unknown>;

const rolledBack = new WeakSet<Held>();

/** Hears the text of every statement, without its values; `tests/compatibility` records what a release issues. */
export const STATEMENT_CHANNEL = 'varloom:statement';
const issued = channel(STATEMENT_CHANNEL);

/** Drizzle calls `begin` with the work alone. */
function withTransactions(client: postgres.Sql, connection: () => Held): postgres.Sql {
  return new Proxy(client, {
    get(target, name) {
      if (name === 'begin')
        return (work: (statements: postgres.Sql) => Promise<unknown>) => transact(connection(), work);
      return Reflect.get(target, name);
    },
  });
}

/**
 * Commits what `work` did unless it, or a statement of it, failed. A statement after the loss of the connection, or after
 * the end of the transaction, is refused: it must neither begin anew by itself nor join another's transaction.
 */
async function transact<T>(connection: Held, work: (statements: postgres.Sql) => Promise<T>): Promise<T> {
  const { sql } = connection;
  let isOver = false;
  let failure: { error: unknown } | undefined;
  const statements = new Proxy(sql, {
    get(target, name) {
      if (name !== 'unsafe') return Reflect.get(target, name);
      const unsafe = (query: string, parameters?: Parameters<typeof target.unsafe>[1], options?: Asked) => {
        if (isOver || connection.isLost) throw connectionLost();
        if (issued.hasSubscribers) issued.publish(query);
        // Drizzle has every statement parsed, described and planned anew, in two round trips. Prepared once a connection, it
        // takes one, and little more than half of the database's time. For a pooler that does not know prepared statements,
        // add `?prepare=false` to the URL.
        const pending = target.unsafe(query, parameters, { ...options, prepare: true });
        pending.catch((error: unknown) => (failure ??= { error }));
        return pending;
      };
      return unsafe;
    },
  });
  const end = async (statement: 'commit' | 'rollback') => {
    isOver = true;
    if (connection.isLost) throw connectionLost();
    await sql.unsafe(statement);
  };
  await sql.unsafe('begin');
  let result: T;
  try {
    result = await work(statements);
    if (failure) throw failure.error;
  } catch (error) {
    await end('rollback');
    rolledBack.add(connection);
    throw error;
  }
  await end('commit');
  return result;
}
