// Temporal's development server with its UI, kept on disk, tuned as measured on two cores.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { reservePort } from '../ports.ts';
import { temporalPath } from '../tools.ts';
import { answers, portOrFree, startEmbedded } from './embedded.ts';
import type { EmbeddedService, ServiceOptions, StartedService } from './embedded.ts';

export interface TemporalAddresses {
  /** host:port of the frontend. */
  address: string;
  namespace: string;
  /** Address of the UI, null when headless. */
  ui: string | null;
}

export interface TemporalOptions extends ServiceOptions {
  /** Port of the UI; no UI when not given. */
  uiPort?: number;
  /** Where the UI has payloads decoded. */
  codecEndpoint?: string;
}

const dynamicConfig = [
  // One history shard reads its queues at most 20 times a second by default, which costs an idle stack 108 ms a step.
  'history.transferProcessorMaxPollRPS=2000',
  'history.timerProcessorMaxPollRPS=2000',
  'history.visibilityProcessorMaxPollRPS=2000',
  // One node needs one partition.
  'matching.numTaskqueueReadPartitions=1',
  'matching.numTaskqueueWritePartitions=1',
  // Without these two, priority and fairness keys are accepted and ignored.
  'matching.useNewMatcher=true',
  'matching.enableFairness=true',
];
const sqlitePragmas = ['journal_mode=WAL', 'synchronous=NORMAL'];

export async function startTemporal(options: TemporalOptions): Promise<StartedService<TemporalAddresses>> {
  return startEmbedded(await embedTemporal(options), options.directory);
}

export async function embedTemporal(options: TemporalOptions): Promise<EmbeddedService<TemporalAddresses>> {
  const port = await portOrFree(options.port);
  const httpPort = await reservePort();
  await mkdir(options.directory, { recursive: true });
  const userInterface =
    options.uiPort === undefined
      ? ['--headless']
      : [
          ...['--ui-ip', '127.0.0.1', '--ui-port', String(options.uiPort)],
          ...(options.codecEndpoint ? ['--ui-codec-endpoint', options.codecEndpoint] : []),
        ];
  return {
    plan: {
      name: 'temporal',
      command: temporalPath(),
      args: [
        ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--http-port', String(httpPort)],
        ...['--db-filename', join(options.directory, 'temporal.sqlite'), '--log-level', 'warn'],
        ...userInterface,
        ...dynamicConfig.flatMap((setting) => ['--dynamic-config-value', setting]),
        ...sqlitePragmas.flatMap((pragma) => ['--sqlite-pragma', pragma]),
      ],
      isReady: () => answers(`http://127.0.0.1:${httpPort}/api/v1/namespaces/default`),
      readyWithinSeconds: 60,
      stopSignal: 'SIGTERM',
      stopWithinSeconds: 15,
    },
    addresses: {
      address: `127.0.0.1:${port}`,
      namespace: 'default',
      ui: options.uiPort === undefined ? null : `http://127.0.0.1:${options.uiPort}`,
    },
  };
}
