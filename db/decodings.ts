// Who read workflow histories in plain: an entry in the audit log for each time, and never what was read.

import type { Principal } from '../domain/principal.ts';
import { recordChange } from './changes.ts';
import type { Database } from './client.ts';
import { INSTALLATION } from './references.ts';

export interface Decoding {
  /** Of Temporal, as whoever asked said. */
  namespace: string;
  /** Undefined when the payloads do not say, and whoever asked did not either. */
  workflowId: string | undefined;
  /** Whose word for it that is: what is encrypted says it itself, or it is no more than what whoever asked has named. */
  namedBy: 'payloads' | 'caller';
  requests: number;
  payloads: number;
}

/**
 * All of them or none: an entry for each, in the log of the operator's organization. What a program of the operator reads is
 * recorded for the installation.
 */
export async function recordDecodings(
  database: Database,
  operator: Principal,
  decodings: readonly Decoding[],
): Promise<void> {
  await database.write(operator, async (tx) => {
    for (const { namespace, workflowId, namedBy, requests, payloads } of decodings) {
      await recordChange(tx, operator, {
        organizationId: operator.kind === 'system' ? INSTALLATION : operator.organizationId,
        entity: 'history',
        entityId: workflowId ?? namespace,
        action: 'history.decoded',
        details: { namespace, named_by: namedBy, requests, payloads },
      });
    }
  });
}
