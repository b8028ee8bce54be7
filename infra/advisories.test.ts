// Known vulnerabilities are found by npm itself, asked of a registry of the test's own; one that does not tell is no proof.

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { judgeAudit } from './advisories.mjs';
import { projectDirectory } from './setup/places.mjs';

const program = join(projectDirectory, 'infra', 'advisories.mjs');
const run = promisify(execFile);
const advisory = (name: string, severity: string, id: string) => ({
  id: 1,
  url: `https://github.com/advisories/${id}`,
  title: `what is wrong with ${name}`,
  severity,
  vulnerable_versions: '<2.0.0',
});
const GRAVE = { holed: [advisory('holed', 'critical', 'GHSA-holed')] };

let directory: string;
let registry: Server;
/** Undefined: it has no such endpoint. */
let told: object | undefined;

beforeAll(async () => {
  registry = createServer((request, answer) => {
    if (request.method === 'POST') {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const asked: object = JSON.parse(gunzipSync(Buffer.concat(parts)).toString());
        const known = Object.entries(told ?? {}).filter(([name]) => name in asked);
        answer
          .writeHead(told ? 200 : 405, { 'content-type': 'application/json' })
          .end(JSON.stringify(Object.fromEntries(known)));
      });
      return;
    }
    const name = (request.url ?? '').slice(1);
    const versions = { '1.0.0': { name, version: '1.0.0', dist: {} } };
    answer
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ name, 'dist-tags': { latest: '1.0.0' }, versions }));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => registry.once('listening', resolve));
  directory = await mkdtemp(join(tmpdir(), 'varloom-advisories-'));
  const manifest = {
    name: 'some',
    version: '1.0.0',
    dependencies: { holed: '1.0.0' },
    devDependencies: { aside: '1.0.0' },
  };
  const packages = {
    '': manifest,
    'node_modules/holed': { version: '1.0.0' },
    'node_modules/aside': { version: '1.0.0', dev: true },
  };
  await writeFile(join(directory, 'package.json'), JSON.stringify(manifest));
  const lock = { name: 'some', version: '1.0.0', lockfileVersion: 3, requires: true, packages };
  await writeFile(join(directory, 'package-lock.json'), JSON.stringify(lock));
});
afterAll(async () => {
  registry.close();
  await rm(directory, { recursive: true, force: true });
});

async function lookUp(answered: object | undefined, ...flags: string[]): Promise<{ code: number; text: string }> {
  told = answered;
  const { port } = registry.address() as AddressInfo; // it listens by TCP
  const env = {
    ...process.env,
    npm_config_registry: `http://127.0.0.1:${port}`,
    // It remembers advisories by their number.
    npm_config_cache: await mkdtemp(join(directory, 'cache-')),
    npm_config_fetch_retries: '0',
  };
  const asked = run(process.execPath, [program, `--directory=${directory}`, ...flags], { env });
  return asked.then(
    ({ stdout, stderr }) => ({ code: 0, text: stdout + stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      code: error.code,
      text: error.stdout + error.stderr,
    }),
  );
}

it('a grave one ends with 1, and is named', async () => {
  const { code, text } = await lookUp(GRAVE);
  expect(text).toContain('holed <2.0.0: critical: what is wrong with holed (GHSA-holed)');
  expect(code).toBe(1);
});

it('slight ones, and those of what is for development alone, pass', async () => {
  const slight = { holed: [advisory('holed', 'moderate', 'GHSA-slight')] };
  expect(await lookUp({ ...slight, aside: [advisory('aside', 'critical', 'GHSA-aside')] })).toEqual({
    code: 0,
    text: 'advisories: 0 faults\n',
  });
});

it('a registry that does not tell proves nothing: that is said, and refused where it is asked for', async () => {
  const { code, text } = await lookUp(undefined);
  expect([code, text]).toEqual([77, expect.stringMatching(/^advisories: SKIPPED, .*answered 405/)]);
  expect(await lookUp(undefined, '--required')).toMatchObject({ code: 1 });
});

it('what is argued for passes, as long as it is found', () => {
  const via = [{ ...advisory('holed', 'high', 'GHSA-holed'), name: 'holed', range: '<2.0.0' }, 'other'];
  const found = JSON.stringify({ vulnerabilities: { holed: { via }, above: { via: ['holed'] } } });
  expect(judgeAudit(found, { 'GHSA-holed': 'not called' })).toEqual({ faults: [] });
  expect(judgeAudit(found, {})).toMatchObject({ faults: [expect.stringContaining('GHSA-holed')] });
  const faults = ['GHSA-gone is argued for, and is not found any more'];
  expect(judgeAudit('{"vulnerabilities": {}}', { 'GHSA-gone': 'not called' })).toEqual({ faults });
  for (const text of ['', '{"message": "request failed"}']) expect(judgeAudit(text, {})).toHaveProperty('skipped');
});
