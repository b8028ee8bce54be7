// A database of a test's own, with a connection to it as the service has one.

import { openDatabase, type Database } from '../../db/client.ts';
import { createTestDatabase, type TestDatabase } from './services.ts';

export interface OwnDatabase extends Omit<TestDatabase, 'drop'> {
  database: Database;
  /** Drops it, with whatever else is connected to it. */
  close: () => Promise<void>;
}

/** Migrated and empty. */
export async function ownDatabase(options: { maxConnections?: number } = {}): Promise<OwnDatabase> {
  const { drop, ...urls } = await createTestDatabase();
  const database = openDatabase({ url: urls.url, applicationName: 'test', ...options });
  return {
    ...urls,
    database,
    async close() {
      await database.close();
      await drop();
    },
  };
}
