// When whole backups of this installation were taken. Written by the backup program as the schema's owner, read for the metrics:
// a backup that is not made any more says nothing by itself.

import { pgTable } from 'drizzle-orm/pg-core';
import { at, systemRowsPolicy } from './columns.ts';

export const backups = pgTable(
  'backups',
  {
    /** The moment whose rows it holds. */
    takenAt: at('taken_at').primaryKey(),
  },
  () => [systemRowsPolicy()],
);
