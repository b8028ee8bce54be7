// Who read workflow histories in plain: an entry in the audit log for each time, and never what was read.

import type { Principal } from '../domain/principal.ts';
import { recordChange } from './changes.ts';
import type { Database } from './client.ts';
import { INSTALLATION } from './references.ts';

export interface Decoding {
  /** Of Temporal. */
  namespace: string;
  /** When whoever asked said which. */
  workflowId: string | undefined;
  requests: number;
  payloads: number;
}

/** In the log of the operator's organization; what a program of the operator reads is recorded for the installation. */
export async function recordDecoding(database: Database, operator: Principal, decoding: Decoding): Promise<void> {
  const { namespace, workflowId, requests, payloads } = decoding;
  await database.write(operator, (tx) =>
    recordChange(tx, operator, {
      organizationId: operator.kind === 'system' ? INSTALLATION : operator.organizationId,
      entity: 'history',
      entityId: workflowId ?? namespace,
      action: 'history.decoded',
      details: { namespace, requests, payloads },
    }),
  );
}
