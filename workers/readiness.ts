// What a worker needs to do its work, and whether it does it.

import type { NativeConnection, Worker } from '@temporalio/worker';
import type { Database } from '../db/client.ts';
import { TASK_QUEUES } from '../domain/queues.ts';
import { createReadiness, type Readiness } from '../process/operations-readiness.ts';
import { connectStore, IMPATIENT } from '../store/client.ts';
import { createObjectStore } from '../store/s3.ts';
import type { WorkerSettings } from './settings.ts';

const TEMPORAL_TIMEOUT_MS = 3_000;

export function workerReadiness(
  workers: readonly Pick<Worker, 'getState'>[],
  parts: { settings: WorkerSettings; database: Pick<Database, 'ping'>; connection: NativeConnection },
): Readiness {
  const { settings, database, connection } = parts;
  const usesStore = settings.WORKER_QUEUES.some((queue) => queue !== TASK_QUEUES.orchestration);
  const store = usesStore ? createObjectStore(connectStore(settings, IMPATIENT)) : undefined;
  return createReadiness({
    postgres: () => database.ping(),
    temporal: () =>
      connection.withDeadline(Date.now() + TEMPORAL_TIMEOUT_MS, () =>
        connection.workflowService.describeNamespace({ namespace: settings.TEMPORAL_NAMESPACE }),
      ),
    // An object that is not there is an answer.
    ...(store ? { store: () => store.head({ bucket: 'inputs', key: 'health' }) } : {}),
    // One that drains, or has failed, takes no tasks.
    workers: async () => {
      const idle = workers.map((worker) => worker.getState()).find((state) => state !== 'RUNNING');
      if (idle !== undefined) throw new Error(`a worker is ${idle}`);
    },
  });
}
