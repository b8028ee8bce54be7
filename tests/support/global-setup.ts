// Starts, once for each kind of test that is run, the servers that its files share, and stops them at the end.
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import postgres from 'postgres';
import type { TestProject } from 'vitest/node';
import { migrate } from '../../db/migrate.ts';
import { startMaildev } from '../../infra/local/services/maildev.ts';
import { startMinistack } from '../../infra/local/services/ministack.ts';
import { startPostgres } from '../../infra/local/services/postgres.ts';
import { startTemporal } from '../../infra/local/services/temporal.ts';
import { createLogger } from '../../process/log.ts';
import { ensureSearchAttributes } from '../../workers/search-attributes.ts';
import type {} from './held-retrievals.ts';
import type {} from './services.ts';

const TEMPLATE = 'varloom_template';

export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), `varloom-${project.name}-`));
  await chmod(directory, 0o755); // Postgres runs as another user when the tests run as root
  const stops: (() => Promise<void>)[] = [];
  const tearDown = async () => {
    await Promise.all(stops.map((stop) => stop()));
    await rm(directory, { recursive: true, force: true });
  };
  const started = async <Service extends { stop: () => Promise<void> }>(start: Promise<Service>) => {
    const service = await start;
    stops.push(service.stop);
    return service;
  };
  try {
    await startAll(project, directory, started);
  } catch (error) {
    await tearDown();
    throw error;
  }
  return tearDown;
}

type Started = <Service extends { stop: () => Promise<void> }>(start: Promise<Service>) => Promise<Service>;

async function startAll(project: TestProject, directory: string, started: Started): Promise<void> {
  const starts = [
    async () => {
      const server = await started(startPostgres({ directory: join(directory, 'postgres'), durable: false }));
      await makeTemplate(server.superuserUrl, server.urlOf('owner', TEMPLATE));
      const { superuserUrl, ownerUrl, url: appUrl } = server;
      project.provide('postgres', { superuserUrl, ownerUrl, appUrl, template: TEMPLATE });
    },
    async () => {
      const heldRetrievals = await mkdtemp(join(directory, 'held-'));
      const path = join(import.meta.dirname, 'ministack_holding.py');
      const launcher = { path, env: { HELD_RETRIEVALS: heldRetrievals } };
      project.provide('heldRetrievals', heldRetrievals);
      const { endpoint, region, accessKeyId, secretAccessKey } = await started(
        startMinistack({ directory: join(directory, 'store'), launcher }),
      );
      project.provide('store', { endpoint, region, accessKeyId, secretAccessKey });
    },
    async () => {
      const { address, namespace, ui } = await started(startTemporal({ directory: join(directory, 'temporal') }));
      const connection = await Connection.connect({ address });
      await ensureSearchAttributes({ connection, namespace }, createLogger('test', 'warn'));
      await connection.close();
      project.provide('temporal', { address, namespace, ui });
    },
    async () => {
      const { smtp, ui, api } = await started(startMaildev({ directory: join(directory, 'mail') }));
      project.provide('mail', { smtp, ui, api });
    },
  ];
  const outcomes = await Promise.allSettled(starts.map((start) => start()));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

/** Nobody connects to the template again: Postgres copies only databases that are not in use. */
async function makeTemplate(superuserUrl: string, ownerUrl: string): Promise<void> {
  const sql = postgres(superuserUrl, { max: 1, onnotice: () => {} });
  try {
    await sql.unsafe(`CREATE DATABASE ${TEMPLATE} OWNER varloom_owner`);
    await migrate(ownerUrl);
    await sql.unsafe(`ALTER DATABASE ${TEMPLATE} WITH IS_TEMPLATE true ALLOW_CONNECTIONS false`);
  } finally {
    await sql.end({ timeout: 5 });
  }
}
