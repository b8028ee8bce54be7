// How the gateway passes the store's word to `restore/<jobId>`: the archived copy can be read now.

import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { workflowIds, type JobId } from '../domain/ids.ts';
import { system } from '../domain/principal.ts';
import { actingAs } from '../temporal/client.ts';
import { retrievedSignal } from '../workflows/restore-result/messages.ts';

export interface RetrievalSagas {
  /** A result that nobody restores is no error: its saga asked the store by itself, or somebody else asked for the object. */
  tellRetrieved(jobId: JobId): Promise<void>;
}

const SIGNAL_TIMEOUT_MS = 3_000;

export function createRetrievalSagas(client: Client): RetrievalSagas {
  return {
    tellRetrieved: (jobId) =>
      actingAs(system('storage-notice'), () =>
        client.connection.withDeadline(Date.now() + SIGNAL_TIMEOUT_MS, async () => {
          try {
            await client.workflow.getHandle(workflowIds.restore(jobId)).signal(retrievedSignal);
          } catch (error) {
            if (!(error instanceof WorkflowNotFoundError)) throw error;
          }
        }),
      ),
  };
}
