// Statements of migrations that do more than add, and why an older process goes on all the same. An entry stays for ever:
// migrations are never changed.

export interface Reason {
  /** Matches the statements that it speaks of. */
  statements: RegExp;
  why: string;
}

export const argued: Record<string, readonly Reason[]> = {
  '0011_partners_apart.sql': [
    {
      statements: /^CREATE POLICY "partner_rows" ON .* AS RESTRICTIVE .*varloom\.partner_id/,
      why: 'it binds transactions that say of which partner they are; no process before this migration says it',
    },
  ],
  '0013_flat_lists.sql': [
    {
      statements: /^ALTER POLICY "partner_rows" ON "\w+" TO public USING /,
      why: 'it lets see exactly the rows that it let see before: `exists` of a row in place of `in` all rows',
    },
  ],
};
