// One process of bare workers, for one task queue, with the options of ours: `node worker.ts`, its orders in BARE_WORKER.

import { fileURLToPath } from 'node:url';
import { DefaultLogger, NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { createBareActivities, type BarePipeline, type BareProgress } from './activities.ts';

export interface BareWorkerOrders {
  address: string;
  namespace: string;
  kind: 'orchestration' | 'io' | 'engine';
  queue: string;
  slots: number;
  pipeline: BarePipeline;
}

const STOP_LIMIT_MS = 5_000;

// Written by `startBareWorkers`, of this very type.
const orders = JSON.parse(process.env['BARE_WORKER'] ?? '') as BareWorkerOrders;

// The parent may be gone before this process is ready, and the server with it: nothing of this may be left behind.
let stop: () => void = () => process.exit();
process.once('disconnect', () => {
  setTimeout(() => process.exit(), STOP_LIMIT_MS).unref();
  stop();
});

Runtime.install({ shutdownSignals: [], logger: new DefaultLogger('ERROR') });
const connection = await NativeConnection.connect({ address: orders.address });
const worker = await Worker.create({
  connection,
  namespace: orders.namespace,
  taskQueue: orders.queue,
  ...optionsOf(orders),
});
stop = () => worker.shutdown();
process.send?.('ready');
await worker.run();
await connection.close();

function optionsOf({ kind, slots, pipeline }: BareWorkerOrders): Partial<WorkerOptions> {
  const activities = createBareActivities(pipeline, (progress: BareProgress) => process.send?.(progress));
  if (kind !== 'orchestration') return { activities, maxConcurrentActivityTaskExecutions: slots };
  const workflowsPath = fileURLToPath(new URL('./workflow.ts', import.meta.url));
  return { activities, workflowsPath, maxConcurrentLocalActivityExecutions: slots };
}
