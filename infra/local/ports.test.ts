// Ports: the usual one when free, another when taken, the same again at the next start.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PortBook, releasePorts, reservePort } from './ports.ts';

test('a taken port is replaced by a free one, and nothing is given twice', async () => {
  const port = await reservePort();
  releasePorts();
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  const other = await reservePort(port);
  expect(other).not.toBe(port);
  expect(await reservePort(other)).not.toBe(other);
  server.close();
});

test('a home keeps its ports', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'varloom-ports-'));
  const book = () => new PortBook(join(directory, 'ports.json'), { random: true });
  const first = await book().choose('gateway');
  releasePorts();
  expect(await book().choose('gateway')).toBe(first);
  await rm(directory, { recursive: true });
});
