// ministack: S3, SNS, SQS and SES on one port, with signatures checked and objects kept on disk.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { keptSecret } from '../home.ts';
import { ministackPython } from '../tools.ts';
import { answers, portOrFree, startEmbedded } from './embedded.ts';
import type { EmbeddedService, ServiceOptions, StartedService } from './embedded.ts';

export interface MinistackAddresses {
  endpoint: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
}

export interface MinistackOptions extends ServiceOptions {
  /** Where the access key is kept; the directory itself when not given. */
  secrets?: string;
  /** What starts it in place of its own module: a test's. */
  launcher?: { path: string; env: Record<string, string> };
}

export async function startMinistack(options: MinistackOptions): Promise<StartedService<MinistackAddresses>> {
  return startEmbedded(await embedMinistack(options), options.directory);
}

export async function embedMinistack(options: MinistackOptions): Promise<EmbeddedService<MinistackAddresses>> {
  const port = await portOrFree(options.port);
  await mkdir(options.directory, { recursive: true });
  const addresses = {
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    accessKeyId: 'varloom-local',
    secretAccessKey: keptSecret(options.secrets ?? options.directory, 'store-secret-key'),
  };
  return {
    plan: {
      name: 'store',
      command: ministackPython(),
      args: options.launcher ? [options.launcher.path] : ['-m', 'ministack'],
      env: {
        BIND_HOST: '127.0.0.1',
        MINISTACK_HOST: '127.0.0.1',
        MINISTACK_REGION: addresses.region,
        GATEWAY_PORT: String(port),
        AUTH: 'true',
        AWS_ACCESS_KEY_ID: addresses.accessKeyId,
        AWS_SECRET_ACCESS_KEY: addresses.secretAccessKey,
        S3_PERSIST: '1', // objects are written as they come
        S3_DATA_DIR: join(options.directory, 'objects'),
        PERSIST_STATE: '1', // topics and the like only at a graceful end: the stack makes them anew at each start
        STATE_DIR: join(options.directory, 'state'),
        PYTHONDONTWRITEBYTECODE: '1',
        LOG_LEVEL: 'INFO', // the caller's is for our own processes, and may be none of Python's
        ...options.launcher?.env,
      },
      isReady: () => answers(`${addresses.endpoint}/_ministack/health`),
      readyWithinSeconds: 60,
      stopSignal: 'SIGTERM',
      stopWithinSeconds: 15,
    },
    addresses,
  };
}
