// Workers on the time-skipping server for every queue of the service, over a world's activities, or those of a smaller model.

import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { TASK_QUEUES } from '../../../domain/queues.ts';
import { startTimeSkipping } from '../services.ts';
import { workflowBundle } from '../workflow-bundle.ts';

export interface SagaWorkers {
  environment: TestWorkflowEnvironment;
  stop(): Promise<void>;
}

// Failures are what these tests are about: the SDK's warnings of them are noise here.
Runtime.install({ logger: new DefaultLogger('ERROR') });

export async function startSagaWorkers(activities: object): Promise<SagaWorkers> {
  const environment = await startTimeSkipping();
  // An activity hears of its cancellation by a heartbeat, which is held back for most of the heartbeat timeout otherwise.
  const maxHeartbeatThrottleInterval = '100 milliseconds';
  const base = { connection: environment.nativeConnection, activities, maxHeartbeatThrottleInterval };
  const bundle = await workflowBundle();
  const workers = await Promise.all([
    Worker.create({ ...base, taskQueue: TASK_QUEUES.orchestration, workflowBundle: bundle }),
    Worker.create({ ...base, taskQueue: TASK_QUEUES.io }),
    Worker.create({ ...base, taskQueue: TASK_QUEUES.engine }),
  ]);
  const running = workers.map((worker) => worker.run());
  return {
    environment,
    async stop() {
      for (const worker of workers) worker.shutdown();
      await Promise.all(running);
      await environment.teardown();
    },
  };
}
