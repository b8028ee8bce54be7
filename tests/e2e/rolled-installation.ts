// An installation as the compose file has it, over the services of a stack: three gateways behind the proxy, a worker of each
// queue. Its processes are replaced by those of another version as docs/changing-a-workflow.md says.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Client } from '@temporalio/client';
import { expect } from 'vitest';
import { projectDirectory } from '../../infra/local/home.ts';
import { reservePort } from '../../infra/local/ports.ts';
import { createTemporalClient } from '../../temporal/client.ts';
import { readPayloadKeys } from '../../temporal/payload-keys.ts';
import { pinnedTo } from '../../workers/release.ts';
import { gatewaySite, startCaddy, type RunningCaddy } from '../support/caddy.ts';
import { settingsOf, startInstalled, type InstalledProcess } from '../support/installation.ts';
import type { TestStack } from '../support/services.ts';

const run = promisify(execFile);
const DEPLOYMENT = 'varloom';
const GATEWAYS = 3;
const QUEUES = ['orchestration', 'io', 'engine'] as const;
type Queue = (typeof QUEUES)[number];

export interface Version {
  buildId: string;
  /** Path of the workflows. */
  bundle: string;
}

export interface Stop {
  name: string;
  code: number | null;
  seconds: number;
}

export class RolledInstallation {
  readonly payloadKeysFile: string;
  /** Of every process that was replaced. */
  readonly stops: Stop[] = [];
  /** Every process there was. */
  readonly processes: InstalledProcess[] = [];
  readonly #stack: TestStack;
  readonly #settings: Record<string, string>;
  #proxy: RunningCaddy | undefined;
  #version: Version | undefined;
  #gateways: { port: number; running: InstalledProcess }[] = [];
  #workers = new Map<Queue, InstalledProcess>();
  #isClosed = false;

  /** `extra`: settings that differ from the stack's. */
  constructor(stack: TestStack, extra: Readonly<Record<string, string>>) {
    this.#stack = stack;
    this.#settings = {
      ...settingsOf(stack.home),
      WORKER_DEPLOYMENT: DEPLOYMENT,
      LOG_LEVEL: 'info',
      ...extra,
    };
    this.payloadKeysFile = this.#settings['PAYLOAD_KEYS_FILE'] ?? '';
  }

  /** With the keys that there are now. Who asks closes its connection. */
  connect(): Client {
    const { address, namespace } = this.#stack.stack.temporal;
    return createTemporalClient({ address, namespace, keys: readPayloadKeys(this.payloadKeysFile) });
  }

  async install(version: Version): Promise<void> {
    this.#version = version;
    const workers = await Promise.all(QUEUES.map(async (queue) => [queue, await this.worker(queue)] as const));
    this.#workers = new Map(workers);
    await this.#release(version);
    const ports = await Promise.all(Array.from({ length: GATEWAYS }, () => reservePort()));
    this.#gateways = await Promise.all(ports.map(async (port) => ({ port, running: await this.gateway(port) })));
    this.#proxy = await startCaddy(gatewaySite(Number(new URL(this.#stack.stack.api).port), ports));
  }

  /** A gateway comes back where it was, as a container does: the proxy is not told. */
  async roll(to: Version): Promise<void> {
    const from = this.#version;
    if (!from) throw new Error('nothing is installed');
    this.#version = to;
    const orchestration = await this.worker('orchestration');
    await this.#release(to);
    for (const gateway of this.#gateways) {
      await this.#stop(gateway.running);
      gateway.running = await this.gateway(gateway.port);
    }
    for (const queue of ['io', 'engine'] as const) {
      const leaving = this.serving(queue);
      this.#workers.set(queue, await this.worker(queue));
      await this.#stop(leaving);
    }
    await nothingPinnedTo(this.connect(), from.buildId);
    await this.#stop(this.serving('orchestration'));
    this.#workers.set('orchestration', orchestration);
  }

  /** What works on this queue when nothing is replaced. */
  serving(queue: Queue): InstalledProcess {
    const worker = this.#workers.get(queue);
    if (!worker) throw new Error(`nothing works on ${queue}`);
    return worker;
  }

  /** One more of the version that serves. */
  worker(queue: Queue): Promise<InstalledProcess> {
    const { buildId, bundle } = this.#current();
    return this.#start(`worker-${queue} ${buildId}`, 'workers/main.ts', {
      WORKER_QUEUES: queue,
      WORKFLOW_BUNDLE: bundle,
      WORKER_BUILD_ID: buildId,
    });
  }

  /** One more of the version that serves; the proxy knows it only where it stands in for another. */
  gateway(port = 0): Promise<InstalledProcess> {
    return this.#start(`gateway ${this.#current().buildId}`, 'api/main.ts', { PORT: String(port) });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#proxy?.stop();
    await Promise.all(this.processes.map((process_) => process_.kill()));
  }

  #current(): Version {
    if (!this.#version) throw new Error('nothing is installed');
    return this.#version;
  }

  async #start(name: string, program: string, extra: Record<string, string>): Promise<InstalledProcess> {
    const process_ = await startInstalled(name, program, { ...this.#settings, ...extra });
    this.processes.push(process_);
    if (!this.#isClosed) return process_;
    // A test that fails does not wait for what is being replaced.
    await process_.kill();
    throw new Error('the installation is closed');
  }

  async #stop(process_: InstalledProcess): Promise<void> {
    this.stops.push({ name: process_.name, ...(await process_.stop()) });
  }

  async #release({ buildId, bundle }: Version): Promise<void> {
    const { PATH } = process.env;
    await run(process.execPath, [join(projectDirectory, 'workers', 'release-command.ts')], {
      env: { PATH, ...this.#settings, WORKFLOW_BUNDLE: bundle, WORKER_BUILD_ID: buildId },
    });
  }
}

async function nothingPinnedTo(client: Client, buildId: string): Promise<void> {
  const pinned = () => pinnedTo(client, { deploymentName: DEPLOYMENT, buildId });
  try {
    await expect.poll(pinned, { timeout: 90_000, interval: 500 }).toBe(0);
  } finally {
    await client.connection.close();
  }
}
