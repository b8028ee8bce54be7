// Installed reference genomes.

import { asc, eq, sql } from 'drizzle-orm';
import { organizationId } from '../domain/ids.ts';
import type { Principal } from '../domain/principal.ts';
import { recordChange } from './changes.ts';
import type { Database } from './client.ts';
import { references } from './schema/index.ts';

/** Reference genomes are of no organization: what is done to them is recorded under this id, which only the system sees. */
export const INSTALLATION = organizationId('00000000-0000-0000-0000-000000000000');

export type Reference = typeof references.$inferSelect;

export async function listReferences(database: Database, principal: Principal): Promise<Reference[]> {
  return database.write(principal, (tx) => tx.select().from(references).orderBy(asc(references.name)));
}

/** The named reference, or the default one when no name is given. */
export async function findReference(
  database: Database,
  principal: Principal,
  name: string | undefined,
): Promise<Reference | undefined> {
  return database.write(principal, async (tx) => {
    const [reference] = await tx
      .select()
      .from(references)
      .where(name === undefined ? eq(references.isDefault, true) : eq(references.name, name));
    return reference;
  });
}

/** Installs or replaces a reference; the first one, or one that says so, is the default. */
export async function saveReference(
  database: Database,
  principal: Principal,
  reference: Pick<Reference, 'name' | 'description' | 'files' | 'contigs'> & { makeDefault: boolean },
): Promise<void> {
  await database.write(principal, async (tx) => {
    const [current] = await tx.select({ name: references.name }).from(references).where(eq(references.isDefault, true));
    const isDefault = reference.makeDefault || current === undefined || current.name === reference.name;
    if (isDefault && current && current.name !== reference.name) {
      await tx.update(references).set({ isDefault: false }).where(eq(references.name, current.name));
    }
    const values = {
      description: reference.description,
      files: reference.files,
      contigs: reference.contigs,
      isDefault,
      installedAt: sql`now()`,
    };
    await tx
      .insert(references)
      .values({ name: reference.name, ...values })
      .onConflictDoUpdate({ target: references.name, set: values });
    await recordChange(tx, principal, {
      organizationId: INSTALLATION,
      entity: 'reference',
      entityId: reference.name,
      action: 'reference.installed',
      // What was installed can be recognised by its checksums.
      details: {
        is_default: isDefault,
        sha256: Object.fromEntries(Object.entries(reference.files).map(([file, { sha256 }]) => [file, sha256])),
      },
      event: 'reference.installed',
    });
  });
}
