// What reconciliation found that no saga can repair: written once per result and finding, for operators and auditors.

import { and, eq, sql } from 'drizzle-orm';
import type { JobId } from '../domain/ids.ts';
import type { Principal } from '../domain/principal.ts';
import { recordChange } from './changes.ts';
import type { Database } from './client.ts';
import { lockJob } from './saga.ts';
import { auditLog } from './schema/index.ts';

export async function reportFinding(
  database: Database,
  principal: Principal,
  id: JobId,
  finding: string,
): Promise<{ isNew: boolean }> {
  return database.write(principal, async (tx) => {
    const { job } = await lockJob(tx, id);
    const details = { finding, generation: job.generation };
    const [known] = await tx
      .select({ sequence: auditLog.sequence })
      .from(auditLog)
      .where(
        and(
          eq(auditLog.organizationId, job.organizationId),
          eq(auditLog.entityId, id),
          eq(auditLog.action, 'result.missing'),
          sql`${auditLog.details} @> ${JSON.stringify(details)}::jsonb`,
        ),
      )
      .limit(1);
    if (known) return { isNew: false };
    await recordChange(tx, principal, {
      organizationId: job.organizationId,
      entity: 'result',
      entityId: id,
      action: 'result.missing',
      details,
      event: 'result.missing',
    });
    return { isNew: true };
  });
}
