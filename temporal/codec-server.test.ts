// The codec endpoint as the Temporal UI in a browser uses it: a process of its own, over HTTP.

import { spawn, type ChildProcess } from 'node:child_process';
import { createSecretKey, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultPayloadConverter } from '@temporalio/common';
import protocol from '@temporalio/proto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPayloadCodec } from './payload-codec.ts';

const PayloadsMessage = protocol.temporal.api.common.v1.Payloads;
const UI = 'http://127.0.0.1:8233';
const secret = randomBytes(32);
let directory: string;
let server: ChildProcess;
let address: string;

const start = (env: Record<string, string>) => {
  const child = spawn(process.execPath, [fileURLToPath(new URL('./codec-server.ts', import.meta.url))], {
    env: {
      PATH: process.env['PATH'],
      PAYLOAD_KEYS_FILE: join(directory, 'keys.json'),
      CODEC_PORT: '0',
      CODEC_CORS_ORIGIN: UI,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return child;
};

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'codec-server-'));
  const keys = { active: 'local', keys: { local: secret.toString('base64') } };
  await writeFile(join(directory, 'keys.json'), JSON.stringify(keys));
  server = start({});
  let output = '';
  address = await new Promise((resolve, reject) => {
    server.stdout?.on('data', (chunk) => {
      output += String(chunk);
      const port = /"port":(\d+)/.exec(output)?.[1];
      if (port) resolve(`http://127.0.0.1:${port}`);
    });
    server.once('close', () => reject(new Error(`it ended: ${output}`)));
  });
});
afterAll(async () => {
  if (server.exitCode === null) {
    server.kill('SIGTERM');
    await once(server, 'close');
  }
  await rm(directory, { recursive: true, force: true });
});

const decode = (body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${address}/decode`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Origin: UI, ...headers },
    body: JSON.stringify(body),
  });
const encrypted = async (value: unknown) => {
  const codec = createPayloadCodec({ activeKeyId: 'local', keys: new Map([['local', createSecretKey(secret)]]) });
  const payloads = await codec.encode([defaultPayloadConverter.toPayload(value)]);
  return PayloadsMessage.create({ payloads }).toJSON();
};

it('decodes what the UI sends', async () => {
  const answer = await decode(await encrypted({ jobId: 'x' }));
  expect(answer.status).toBe(200);
  const { payloads } = PayloadsMessage.fromObject((await answer.json()) as Record<string, unknown>);
  expect(payloads.map((payload) => defaultPayloadConverter.fromPayload(payload))).toEqual([{ jobId: 'x' }]);
});

it('lets the one UI read the answer, and no other page', async () => {
  const ask = (origin: string) =>
    fetch(`${address}/decode`, {
      method: 'OPTIONS',
      headers: {
        Origin: origin,
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'x-namespace',
      },
    });
  const allowed = await ask(UI);
  expect(allowed.headers.get('Access-Control-Allow-Origin')).toBe(UI);
  expect(allowed.headers.get('Access-Control-Allow-Headers')).toContain('x-namespace');
  expect((await ask('http://elsewhere.test')).headers.get('Access-Control-Allow-Origin')).not.toBe(
    'http://elsewhere.test',
  );
  const answer = await decode(await encrypted(1), { Origin: 'http://elsewhere.test' });
  expect(answer.headers.get('Access-Control-Allow-Origin')).toBeNull();
});

it('says no more than that it could not, when it could not', async () => {
  const [payload] = ((await encrypted(1)) as { payloads: { metadata: object; data: string }[] }).payloads;
  for (const body of [{ payloads: [{ ...payload, data: 'AAAA' }] }, { payloads: 'x' }, 'x']) {
    const answer = await decode(body);
    expect([answer.status, await answer.text()]).toEqual([400, 'These payloads cannot be decoded.']);
  }
});

it('does not start in production', async () => {
  const child = start({ NODE_ENV: 'production' });
  let errors = '';
  child.stderr.on('data', (chunk) => (errors += String(chunk)));
  const [code]: unknown[] = await once(child, 'close');
  expect(code).toBe(1);
  expect(errors).toContain('for the local Temporal UI only');
});
