// Columns and policies that many tables share.

import { sql } from 'drizzle-orm';
import { pgPolicy, timestamp, uuid } from 'drizzle-orm/pg-core';

export const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

export const createdAt = () => at('created_at').notNull().defaultNow();

export const ownedBy = () => uuid('organization_id').notNull();

/** A row is visible to its organization and to the system; see `db/client.ts` for who sets the principal. */
const ownRows = sql`organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system'`;

const systemOnly = sql`(select current_setting('varloom.principal_kind', true)) = 'system'`;

export const ownedRowsPolicy = () =>
  pgPolicy('owned_rows', { as: 'permissive', for: 'all', to: 'public', using: ownRows, withCheck: ownRows });

export const systemRowsPolicy = () =>
  pgPolicy('system_rows', { as: 'permissive', for: 'all', to: 'public', using: systemOnly, withCheck: systemOnly });

export const readableByAllPolicy = () =>
  pgPolicy('readable_by_all', { as: 'permissive', for: 'select', to: 'public', using: sql`true` });
