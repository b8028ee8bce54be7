// What reconciliation found that no saga can repair: written once per result and finding, for operators and auditors.

import type { JobId } from '../domain/ids.ts';
import type { Principal } from '../domain/principal.ts';
import { isRecorded, recordChange } from './changes.ts';
import type { Database } from './client.ts';
import { lockJob } from './saga.ts';

export async function reportFinding(
  database: Database,
  principal: Principal,
  id: JobId,
  finding: string,
): Promise<{ isNew: boolean }> {
  return database.write(principal, async (tx) => {
    const { job } = await lockJob(tx, id);
    const change = {
      organizationId: job.organizationId,
      entity: 'result',
      entityId: id,
      action: 'result.missing',
      details: { finding, generation: job.generation },
      event: 'result.missing',
    } as const;
    if (await isRecorded(tx, change)) return { isNew: false };
    await recordChange(tx, principal, change);
    return { isNew: true };
  });
}
