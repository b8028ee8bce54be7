// `npm run release`: the command around workers/release.ts, run once the workers of the new version are up.

import { readFile } from 'node:fs/promises';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { openPayloadDataKeys } from '../kms/settings.ts';
import { BadSettings } from '../process/settings.ts';
import { createTemporalClient } from '../temporal/client.ts';
import { temporalConnection } from '../temporal/connection.ts';
import { createDataConverter } from '../temporal/data-converter.ts';
import { readPayloadKeys } from '../temporal/payload-keys.ts';
import { deploymentVersion } from './deployment.ts';
import { release, ReleaseRefused } from './release.ts';
import { readReleaseArguments, RELEASE_USAGE } from './release-arguments.ts';
import { readReleaseSettings } from './settings.ts';

function fail(message: string, exitCode: number): never {
  process.stderr.write(`${message}\n`);
  process.exit(exitCode);
}

try {
  const { mostReplayed, patienceSeconds } = readReleaseArguments(process.argv.slice(2)) ?? fail(RELEASE_USAGE, 2);
  const settings = readReleaseSettings(process.env);
  // Faults are told once, by name; the SDK's own account of each replay is not wanted. It warns of sagas that have nothing
  // the matter: where a history ends, the code goes on for one step, and meets a worker without activities.
  Runtime.install({
    logger: new DefaultLogger('ERROR', () => {}),
    telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } },
  });
  const code = await readFile(settings.WORKFLOW_BUNDLE, 'utf8');
  const version = deploymentVersion(settings, code);
  if (version === undefined) throw new BadSettings('WORKER_DEPLOYMENT is required: the deployment that is released');
  const keys = readPayloadKeys(settings.PAYLOAD_KEYS_FILE, openPayloadDataKeys(settings));
  const client = createTemporalClient({
    ...temporalConnection(settings),
    namespace: settings.TEMPORAL_NAMESPACE,
    keys,
  });
  const say = (line: string) => void process.stdout.write(`${line}\n`);
  const dataConverter = createDataConverter(keys, 'mark');
  await release({ client, dataConverter, version, code, mostReplayed, patienceSeconds, say });
  await client.connection.close();
  process.exit(0);
} catch (error) {
  if (error instanceof BadSettings || error instanceof ReleaseRefused) fail(error.message, 1);
  throw error;
}
