// A worker of the engine's activity for `killed-workers.test.ts`, in a process of its own: its engine works until it is told to
// stop. `node mortal-engine.ts ADDRESS NAMESPACE TASK_QUEUE DIRECTORY`

import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createEngineActivities } from '../../activities/engine/activity.ts';
import { TEST_LIMITS } from '../../activities/engine/bcftools/engine-run.ts';
import { createFileStore } from '../../activities/engine/file-store.ts';

const [address, namespace, taskQueue, directory] = process.argv.slice(2);
if (!address || !namespace || !taskQueue || !directory) throw new Error('an argument is missing');

const activities = createEngineActivities({
  engine: {
    name: 'mortal',
    annotate: ({ signal }) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true })),
  },
  store: createFileStore(directory).store,
  references: {
    local: async (name) => ({
      ...{ name, description: '', fastaPath: '', gffPath: '', knownPath: undefined },
      ...{ contigs: [], checksums: { fasta: '', gff: '' } },
    }),
  },
  progress: { report: async () => {} },
  jobs: { inputFileName: async () => 'sample.vcf' },
  workDirectory: directory,
  limits: TEST_LIMITS,
  mostDeaths: 2,
  logger: { info: () => {}, warn: () => {} },
});

Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: ['SIGTERM'] });
const connection = await NativeConnection.connect({ address });
const worker = await Worker.create({ connection, namespace, taskQueue, activities });
await worker.run();
await connection.close();
