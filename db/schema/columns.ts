// Columns and policies that many tables share.

import { sql, type SQL } from 'drizzle-orm';
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

const noPartnerActs = sql`(select nullif(current_setting('varloom.partner_id', true), '')) is null`;

/** Beside `ownedRowsPolicy`: of its organization's rows, the program of a partner sees those for which `condition` holds. */
const partnerPolicy = (condition: SQL) => {
  const rows = sql`${noPartnerActs} or ${condition}`;
  return pgPolicy('partner_rows', { as: 'restrictive', for: 'all', to: 'public', using: rows, withCheck: rows });
};

/** On a table with a `partner_id`. */
export const ownPartnerPolicy = () =>
  partnerPolicy(sql`partner_id = (select nullif(current_setting('varloom.partner_id', true), '')::uuid)`);

/**
 * On a table whose rows belong to those of `parent`: its policies say which the partner sees. `exists`, and not `in`, for
 * which Postgres would reckon with reading all of `parent` before the first row.
 */
export const partnerThroughPolicy = (table: string, parent: string, key: string) =>
  partnerPolicy(sql.raw(`exists (select from ${parent} p where p.${key} = ${table}.${key})`));

/** On a table that is none of a partner's business. */
export const noPartnerPolicy = () => partnerPolicy(sql`false`);

export const systemRowsPolicy = () =>
  pgPolicy('system_rows', { as: 'permissive', for: 'all', to: 'public', using: systemOnly, withCheck: systemOnly });

export const readableByAllPolicy = () =>
  pgPolicy('readable_by_all', { as: 'permissive', for: 'select', to: 'public', using: sql`true` });
