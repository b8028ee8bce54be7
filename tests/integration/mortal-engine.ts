// A worker of the engine's activity for `killed-workers.test.ts`, in a process of its own: its engine works until it is told to
// stop. `node mortal-engine.ts ADDRESS NAMESPACE TASK_QUEUE DIRECTORY`

import { addAbortListener } from 'node:events';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { bareEngineActivities } from '../../activities/engine/bare-activity.ts';
import type { AnnotationEngine } from '../../activities/engine/engine.ts';

const [address, namespace, taskQueue, directory] = process.argv.slice(2);
if (!address || !namespace || !taskQueue || !directory) throw new Error('an argument is missing');

const MOST_DEATHS = 2;
const engine: AnnotationEngine = {
  name: 'mortal',
  annotate: ({ signal }) => new Promise((_, reject) => addAbortListener(signal, () => reject(signal.reason))),
};
const activities = bareEngineActivities(directory, engine, MOST_DEATHS);

Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: ['SIGTERM'] });
const connection = await NativeConnection.connect({ address });
const worker = await Worker.create({ connection, namespace, taskQueue, activities });
await worker.run();
await connection.close();
