// The proxy of an installation, Caddy itself, with the configuration that the compose file gives it: only addresses are
// exchanged for those that are here.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectDirectory } from '../../infra/local/home.ts';
import { findContainerTool } from '../../infra/setup/container-tools.mjs';

/** Undefined where it could not be built: what needs it says that it is skipped. */
export const caddy = findContainerTool('caddy');

export const caddyfile = (): string =>
  readFileSync(join(projectDirectory, 'infra', 'docker', 'proxy', 'Caddyfile'), 'utf8');

/** What stands in the text, and what is put in its place. */
type Exchange = readonly [string, string];

/** @throws Error where something that is to be exchanged does not stand in the text */
export function exchange(text: string, exchanges: Iterable<Exchange>): string {
  let exchanged = text;
  for (const [there, here] of exchanges) {
    const before = exchanged;
    exchanged = before.replaceAll(there, here);
    if (exchanged === before) throw new Error(`the Caddyfile has no ${there}`);
  }
  return exchanged;
}

/** Nobody outside of this machine is to reach it. */
export const ON_LOOPBACK: Exchange = ['\tauto_https off\n', '\tauto_https off\n\tdefault_bind 127.0.0.1\n'];

export const gatewaysAt = (ports: readonly number[]): Exchange => [
  'gateway-1:8080 gateway-2:8080 gateway-3:8080',
  ports.map((port) => `127.0.0.1:${port}`).join(' '),
];

/** The site of the gateways alone, without TLS. */
export function gatewaySite(listenPort: number, gatewayPorts: readonly number[]): string {
  const text = caddyfile();
  const options = text.slice(text.indexOf('{'), text.indexOf('\n}\n') + 3);
  const from = text.indexOf('https://{$DOMAIN}:8443');
  const site = text.slice(from, text.indexOf('\n}\n', from) + 3);
  return exchange(options + site, [
    ON_LOOPBACK,
    ['https://{$DOMAIN}:8443', `http://127.0.0.1:${listenPort}`],
    ['\timport certificate\n', ''],
    gatewaysAt(gatewayPorts),
  ]);
}

export interface RunningCaddy {
  /** Everything it has printed: JSON lines. */
  output: () => string;
  /** SIGTERM; resolves with the exit code. */
  stop: () => Promise<number | null>;
}

/** Resolves when it serves, rejects with its output when it ends first. */
export async function startCaddy(configuration: string, settings: Record<string, string> = {}): Promise<RunningCaddy> {
  if (caddy === undefined) throw new Error('there is no Caddy');
  const directory = await mkdtemp(join(tmpdir(), 'varloom-caddy-'));
  const path = join(directory, 'Caddyfile');
  await writeFile(path, configuration);
  const child = spawn(caddy, ['run', '--config', path, '--adapter', 'caddyfile'], {
    env: { HOME: directory, XDG_DATA_HOME: directory, XDG_CONFIG_HOME: directory, ...settings },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  const closed = once(child, 'close');
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => reject(new Error(`Caddy ended before it served:\n${text}`)));
    child.stderr.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
      if (text.includes('"msg":"serving initial configuration"')) resolve();
    });
  });
  return {
    output: () => text,
    async stop() {
      child.kill('SIGTERM');
      await closed;
      await rm(directory, { recursive: true, force: true });
      return child.exitCode;
    },
  };
}
