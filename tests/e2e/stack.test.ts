// The whole local stack: what it offers when it is ready, what it survives, and what it leaves behind.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Client, Connection } from '@temporalio/client';
import { decodeJwt } from 'jose';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { homeDirectory, projectDirectory } from '../../infra/local/home.ts';
import { identify } from '../../infra/process-identity.ts';
import type { StackFile } from '../../infra/local/stack-file.ts';
import { startStack } from '../support/services.ts';
import type { TestStack } from '../support/services.ts';

const run = promisify(execFile);
let home: string;
let running: TestStack;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'varloom-e2e-'));
  // As `npm start` does it: it bundles the workflows itself.
  running = await startStack({ home, env: { WORKFLOW_BUNDLE: '' } });
});
afterAll(async () => {
  await running?.stop();
  await rm(home, { recursive: true, force: true });
});

const local = (script: string, ...args: string[]) =>
  run(process.execPath, [join(projectDirectory, 'infra', 'local', script), ...args], {
    env: { ...process.env, VARLOOM_HOME: home, VARLOOM_PORTS: 'random' },
  });

const pidOf = (stack: StackFile, name: string) => {
  const found = stack.processes.find((process) => process.name === name);
  if (!found) throw new Error(`no process ${name}`);
  return found.pid;
};
const alive = (stack: StackFile) => stack.processes.filter(({ pid }) => identify(pid) !== undefined);

test('every part runs, and the gateway is ready', async () => {
  expect(home).not.toBe(homeDirectory());
  const names = running.stack.processes.map(({ name }) => name).toSorted();
  expect(names).toEqual(
    ['codec', 'gateway', 'issuer', 'mail', 'postgres', 'store', 'stripe', 'temporal', 'temporal-ui']
      .concat(['worker-engine', 'worker-io', 'worker-orchestration'])
      .toSorted(),
  );
  expect(alive(running.stack)).toHaveLength(names.length);
  expect((await fetch(`${running.stack.api}/health/ready`)).status).toBe(200);
});

test('the token command prints a token of the named user for this gateway, and nothing else', async () => {
  const { stdout } = await local('token.ts', 'premium@varloom.test');
  const { aud, iss, email } = decodeJwt(stdout.trim());
  expect({ aud, iss, email }).toEqual({
    aud: running.stack.api,
    iss: running.stack.issuer,
    email: 'premium@varloom.test',
  });
  await expect(local('token.ts', 'nobody@varloom.test')).rejects.toMatchObject({ code: 2 });
});

test('a second stack on the same home is refused, naming the first', async () => {
  await expect(local('start.ts')).rejects.toMatchObject({ stderr: expect.stringContaining(`pid ${running.pid}`) });
});

test('a gateway that is killed comes back, and stack.json says where', async () => {
  const before = pidOf(await running.readFile(), 'gateway');
  process.kill(before, 'SIGKILL');
  await running.printed('gateway runs again');
  const after = await running.readFile();
  expect(pidOf(after, 'gateway')).not.toBe(before);
  expect((await fetch(`${after.api}/health/ready`)).status).toBe(200);
});

test('after kill -9 of everything, a new start finds all data, on the same ports', async () => {
  const before = await running.readFile();
  await store(before).send(new PutObjectCommand({ Bucket: before.s3.results_bucket, Key: 'kept', Body: 'whole' }));
  const owner = postgres(before.database, { max: 1, onnotice: () => {} });
  await owner`create schema kept`;
  await owner`create table kept.row as select 42 as id`;
  const workflowId = `kept/${crypto.randomUUID()}`;
  await withTemporal(before, (client) => client.workflow.start('kept', { workflowId, taskQueue: 'nobody-listens' }));

  await running.kill({ everything: true });
  await owner.end({ timeout: 1 });
  running = await startStack({ home });
  const after = running.stack;

  expect({ ...after, processes: [] }).toEqual({ ...before, processes: [] });
  const object = await store(after).send(new GetObjectCommand({ Bucket: after.s3.results_bucket, Key: 'kept' }));
  expect(await object.Body?.transformToString()).toBe('whole');
  const again = postgres(after.database, { max: 1, onnotice: () => {} });
  expect(await again`select id from kept.row`).toEqual([{ id: 42 }]);
  await again`drop schema kept cascade`;
  await again.end();
  const status = await withTemporal(
    after,
    async (client) => (await client.workflow.getHandle(workflowId).describe()).status,
  );
  expect(status.name).toBe('RUNNING');
});

test('processes that a killed stack left are ended by the next start', async () => {
  const before = await running.readFile();
  await running.kill();
  expect(alive(before).length).toBeGreaterThan(5);
  running = await startStack({ home });
  expect(running.output()).toMatch(/ended \d+ processes that a killed stack had left/);
  expect(alive(before)).toEqual([]);
});

test('Ctrl-C leaves nothing running', async () => {
  const before = await running.readFile();
  expect(await running.stop()).toBe(0);
  expect(alive(before)).toEqual([]);
});

const store = ({ s3 }: StackFile) =>
  new S3Client({
    endpoint: s3.endpoint,
    region: s3.region,
    credentials: { accessKeyId: s3.access_key_id ?? '', secretAccessKey: s3.secret_access_key ?? '' },
    forcePathStyle: true,
  });

async function withTemporal<T>({ temporal }: StackFile, work: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address: temporal.address });
  try {
    return await work(new Client({ connection, namespace: temporal.namespace }));
  } finally {
    await connection.close();
  }
}
