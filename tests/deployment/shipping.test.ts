// Log lines on their way to Elasticsearch: Fluent Bit itself, with our configuration, reads the files that an engine for containers
// writes and sends them to a store that a test plays. Only where `fluent-bit` is on PATH.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { projectDirectory } from '../../infra/local/home.ts';
import { onPath } from '../../infra/setup/places.mjs';
import { createLogger } from '../../process/log.ts';
import { makeSettings } from './as-deployed.ts';
import { readComposeFile } from './compose-file.ts';

const fluentBit = onPath('fluent-bit');
const curl = onPath('curl');
const PASSWORD = 'of the store';

it.skipIf(curl === undefined)('the user by whom it writes may create log lines, and nothing else', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'varloom-shipper-'));
  const settings = await makeSettings(directory, 'localhost');
  const [cert, key, elastic, shipper, environment] = await Promise.all(
    ['tls-certificate.pem', 'tls-key.pem', 'elasticsearch_password', 'log_shipper_password', 'logs.env'].map((name) =>
      readFile(join(settings, name), 'utf8'),
    ),
  );
  const asked: [string, unknown][] = [];
  const server = createServer({ cert, key }, (incoming, outgoing) => {
    const isElastic =
      incoming.headers.authorization === `Basic ${Buffer.from(`elastic:${elastic}`).toString('base64')}`;
    void buffer(incoming).then((body) => {
      asked.push([`${incoming.method} ${incoming.url}`, JSON.parse(body.toString('utf8'))]);
      outgoing.writeHead(isElastic ? 200 : 401).end('{}');
    });
  });
  try {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    await promisify(execFile)('bash', [join(projectDirectory, 'infra', 'docker', 'log-shipper.sh')], {
      env: {
        PATH: process.env['PATH'],
        // A server on a port has an address that is no path.
        ELASTICSEARCH_URL: `https://localhost:${(server.address() as AddressInfo).port}`,
        ELASTICSEARCH_CA_FILE: join(settings, 'tls-authority.pem'),
        ELASTIC_PASSWORD_FILE: join(settings, 'elasticsearch_password'),
        SHIPPER_PASSWORD_FILE: join(settings, 'log_shipper_password'),
        TEMPLATE_FILE: join(projectDirectory, 'infra', 'observability', 'fluent-bit', 'index-template.json'),
      },
      timeout: 50_000,
    });
  } finally {
    server.close();
    await rm(directory, { recursive: true, force: true });
  }
  const privileges = ['create_doc', 'auto_configure'];
  expect(asked).toEqual([
    ['PUT /_index_template/varloom-logs', expect.objectContaining({ index_patterns: ['varloom-logs-*'] })],
    ['PUT /_security/role/varloom-shipper', { indices: [{ names: ['varloom-logs-*'], privileges }] }],
    ['PUT /_security/user/varloom-shipper', { password: shipper, roles: ['varloom-shipper'] }],
  ]);
  expect(environment).toBe(`ELASTICSEARCH_PASSWORD=${shipper}\n`);
  expect(readComposeFile().services['fluent-bit']?.environment['ELASTICSEARCH_USER']).toBe('varloom-shipper');
});

describe.skipIf(fluentBit === undefined)('Fluent Bit', () => {
  let directory: string;
  let store: Server;
  let settings: string;
  /** What the store has taken, by id. */
  const documents = new Map<string, Record<string, unknown>>();
  const refused: string[] = [];
  let received = 0;
  let isDown = false;

  const action = z.object({ create: z.object({ _index: z.string(), _id: z.string() }) });
  const take = (body: string) => {
    const lines = body
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    return lines.flatMap((line, at) => {
      if (at % 2 === 1) return [];
      const { _index, _id } = action.parse(line).create;
      received += 1;
      documents.set(_id, { _index, ...z.record(z.string(), z.unknown()).parse(lines[at + 1]) });
      return [{ create: { _index, _id, status: 201 } }];
    });
  };

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'varloom-shipping-'));
    settings = await makeSettings(directory, 'localhost');
    await mkdir(join(directory, 'containers'));
    await mkdir(join(directory, 'state'));
    const [cert, key] = await Promise.all(
      ['tls-certificate.pem', 'tls-key.pem'].map((name) => readFile(join(settings, name))),
    );
    const authorization = `Basic ${Buffer.from(`shipper:${PASSWORD}`).toString('base64')}`;
    store = createServer({ cert, key }, (incoming, outgoing) => {
      const isRefused = isDown;
      void buffer(incoming).then((body) => {
        const asked = `${incoming.method} ${incoming.url}`;
        if (asked !== 'POST /_bulk' || incoming.headers.authorization !== authorization) refused.push(asked);
        if (isRefused) return void outgoing.writeHead(503).end('{}');
        const items = take(gunzipSync(body).toString('utf8'));
        outgoing.setHeader('Content-Type', 'application/json').end(JSON.stringify({ errors: false, items }));
      });
    });
    store.listen(0, '127.0.0.1');
    await once(store, 'listening');
  });
  afterAll(async () => {
    store?.close();
    if (directory) await rm(directory, { recursive: true, force: true });
  });

  /** Runs until `work` is done. */
  async function shipping(work: () => Promise<void>): Promise<void> {
    const configuration = join(projectDirectory, 'infra', 'observability', 'fluent-bit', 'fluent-bit.conf');
    const child = spawn(fluentBit ?? '', [`--config=${configuration}`], {
      env: {
        LOG_PATH: join(directory, 'containers', '*.log'),
        STATE_PATH: join(directory, 'state'),
        ELASTICSEARCH_HOST: 'localhost',
        // A server on a port has an address that is no path.
        ELASTICSEARCH_PORT: String((store.address() as AddressInfo).port),
        ELASTICSEARCH_USER: 'shipper',
        ELASTICSEARCH_PASSWORD: PASSWORD,
        ELASTICSEARCH_CA_FILE: join(settings, 'tls-authority.pem'),
      },
      stdio: 'ignore',
    });
    try {
      await work();
    } finally {
      const ended = once(child, 'close');
      child.kill('SIGTERM');
      await ended;
    }
  }

  const inDocker = (line: string) => `${JSON.stringify({ log: `${line}\n`, stream: 'stdout', time: TIME })}\n`;
  const TIME = '2026-11-21T23:59:59.260Z';
  const SOON = { timeout: 45_000, interval: 200 };
  const messages = () => [...documents.values()].map(({ msg }) => String(msg)).toSorted();

  it("sends a process's lines with the fields of the list, by TLS, to the index of their day", async () => {
    const lines: string[] = [];
    const destination = new Writable({
      write(chunk: Buffer, _encoding, done) {
        lines.push(chunk.toString('utf8').trim());
        done();
      },
    });
    createLogger('gateway', 'info', destination).info(
      { requestId: 'r-1', route: '/annotations', status: 201 },
      'request',
    );
    const smuggled = {
      level: 'info',
      time: TIME,
      name: 'gateway',
      msg: 'written by hand',
      job_id: 'j-1',
      patient: 'X',
    };
    const stranger = { level: 'info', time: TIME, name: 'postgres', msg: 'of another container' };
    const all = [...lines, JSON.stringify(smuggled), JSON.stringify(stranger), 'Error: a stack that names a person'];
    await writeFile(join(directory, 'containers', 'docker.log'), all.map(inDocker).join(''));
    await writeFile(
      join(directory, 'containers', 'kubernetes.log'),
      [
        `${TIME} stdout P {"level":"error","time":"${TIME}","name":"worker-io",`,
        `${TIME} stdout F "msg":"cut in two","attempt":2}`,
        '',
      ].join('\n'),
    );
    await shipping(() => expect.poll(messages, SOON).toEqual(['cut in two', 'request', 'written by hand']));
    expect([...documents.values()]).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ request_id: 'r-1', route: '/annotations', status: 201, name: 'gateway' }),
        {
          _index: 'varloom-logs-2026.11.21',
          '@timestamp': '2026-11-21T23:59:59.260000000Z',
          level: 'info',
          name: 'gateway',
          msg: 'written by hand',
          job_id: 'j-1',
        },
        expect.objectContaining({ name: 'worker-io', attempt: 2 }),
      ]),
    );
    expect(refused).toEqual([]);
  });

  it('goes on where it was stopped, and loses nothing while the store is down', async () => {
    isDown = true;
    const line = { level: 'warn', time: TIME, name: 'worker-engine', msg: 'while the store was down' };
    appendFileSync(join(directory, 'containers', 'docker.log'), inDocker(JSON.stringify(line)));
    await shipping(async () => {
      const before = received;
      await new Promise((resolve) => store.once('request', resolve));
      isDown = false;
      await expect.poll(() => received, SOON).toBe(before + 1);
    });
    expect(messages()).toEqual(['cut in two', 'request', 'while the store was down', 'written by hand']);
    // None of the first ones came once more.
    expect(received).toBe(documents.size);
  });
});
