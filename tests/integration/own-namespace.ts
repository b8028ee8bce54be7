// A namespace of a test's own on the shared server, since task queues there have the names that the service gives them,
// and workers in it over a world's activities.

import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { inject } from 'vitest';
import { TASK_QUEUES, type TaskQueue } from '../../domain/queues.ts';
import { createTemporalClient } from '../../temporal/client.ts';
import { createDataConverter } from '../../temporal/data-converter.ts';
import type { PayloadKeys } from '../../temporal/payload-keys.ts';
import { workflowBundle } from '../support/workflow-bundle.ts';
import { makeNamespace } from '../support/namespace.ts';

// Failures are what these tests are about: the SDK's warnings of them are noise here.
Runtime.install({ logger: new DefaultLogger('ERROR') });

export interface OwnNamespace {
  client: Client;
  /** A worker of this queue, which is not running yet. */
  worker: (queue: TaskQueue, options?: Partial<WorkerOptions>) => Promise<Worker>;
  /** Runs workers of every queue until `close`. */
  serve: () => Promise<void>;
  close: () => Promise<void>;
}

/** With `keys`, client and workers are those of the service: payloads are encrypted, and sagas are shown to operators. */
export async function openNamespace(
  purpose: string,
  activities: object,
  { keys }: { keys?: PayloadKeys } = {},
): Promise<OwnNamespace> {
  const { address } = inject('temporal');
  const connection = await Connection.connect({ address });
  const namespace = await makeNamespace(connection, purpose);
  const native = await NativeConnection.connect({ address });
  const workers: Worker[] = [];
  let running: Promise<unknown> = Promise.resolve();

  const own: OwnNamespace = {
    client: keys ? createTemporalClient({ address, namespace, keys }) : new Client({ connection, namespace }),
    async worker(queue, options = {}) {
      const workflows = queue === TASK_QUEUES.orchestration ? { workflowBundle: await workflowBundle() } : {};
      // An activity hears of its cancellation by a heartbeat, which is held back for most of the heartbeat timeout otherwise.
      const maxHeartbeatThrottleInterval = '100 milliseconds';
      const encrypting = keys ? { dataConverter: createDataConverter(keys, 'mark') } : {};
      const base = { connection: native, namespace, activities, taskQueue: queue, maxHeartbeatThrottleInterval };
      return Worker.create({ ...base, ...encrypting, ...workflows, ...options });
    },
    async serve() {
      workers.push(...(await Promise.all(Object.values(TASK_QUEUES).map((queue) => own.worker(queue)))));
      running = Promise.all(workers.map((worker) => worker.run()));
    },
    async close() {
      for (const worker of workers) worker.shutdown();
      await running;
      if (keys) await own.client.connection.close();
      await connection.close();
      await native.close();
    },
  };
  return own;
}
