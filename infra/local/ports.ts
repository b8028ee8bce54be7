// Chooses the ports of a stack: the one of the last run, else the usual one, else a free one.
// A choice is reserved for this process, so that two stacks that start at the same moment do not choose alike.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { identify, isIdentity, isRunning } from '../process-identity.ts';
import { readJson, writeJson } from './home.ts';

export const usualPorts = {
  gateway: 8080,
  issuer: 8090,
  codec: 8091,
  postgres: 5433,
  temporal: 7233,
  'temporal-ui': 8233,
  store: 4566,
  smtp: 1025,
  mail: 1080,
  stripe: 8092,
  partner: 8093,
  prometheus: 9090,
  'operations-gateway': 9401,
  'operations-worker-orchestration': 9402,
  'operations-worker-io': 9403,
  'operations-worker-engine': 9404,
  'operations-codec': 9405,
} as const;
export type PortName = keyof typeof usualPorts;

// Below the range from which systems pick the ports of outgoing connections: those would take ours between check and use.
const RANDOM_FROM = 20_000;
const RANDOM_TO = 32_000;

/**
 * A free port of 127.0.0.1, reserved until this process ends or `releasePorts` is called. `wanted` are tried first.
 */
export async function reservePort(...wanted: number[]): Promise<number> {
  for (const port of wanted) if (await tryReserve(port)) return port;
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = RANDOM_FROM + Math.floor(Math.random() * (RANDOM_TO - RANDOM_FROM));
    if (await tryReserve(port)) return port;
  }
  throw new Error(`no free port between ${RANDOM_FROM} and ${RANDOM_TO} on 127.0.0.1`);
}

/** Ports that stay the same over the restarts of a home, noted in `notesFile`. */
export class PortBook {
  readonly #notesFile: string;
  readonly #random: boolean;
  readonly #chosen: Partial<Record<PortName, number>> = {};

  /** `random`: do not try the usual ports (for tests, which must not meet the developer's own stack). */
  constructor(notesFile: string, { random }: { random: boolean }) {
    this.#notesFile = notesFile;
    this.#random = random;
  }

  /** `demanded` (a setting of the user's) comes before the last run's and the usual port. */
  async choose(name: PortName, demanded?: number): Promise<number> {
    const last = this.#lastRun()[name];
    const wanted = [demanded, last, this.#random ? undefined : usualPorts[name]].filter((port) => port !== undefined);
    const port = await reservePort(...wanted);
    this.#chosen[name] = port;
    writeJson(this.#notesFile, { ...this.#lastRun(), ...this.#chosen });
    return port;
  }

  #lastRun(): Partial<Record<PortName, number>> {
    const notes = readJson(this.#notesFile);
    if (typeof notes !== 'object' || notes === null) return {};
    return Object.fromEntries(Object.entries(notes).filter(([, port]) => Number.isInteger(port)));
  }
}

const reservations = join(tmpdir(), `varloom-ports-${userInfo().uid}`);
const reserved = new Set<number>();

export function releasePorts(): void {
  for (const port of reserved) rmSync(join(reservations, String(port)), { force: true });
  reserved.clear();
}

async function tryReserve(port: number): Promise<boolean> {
  if (reserved.has(port) || !(await isFree(port))) return false;
  mkdirSync(reservations, { recursive: true, mode: 0o700 });
  const path = join(reservations, String(port));
  for (const attempt of [1, 2]) {
    try {
      writeFileSync(path, JSON.stringify(identify(process.pid)), { flag: 'wx', mode: 0o600 });
      if (reserved.size === 0) process.once('exit', releasePorts);
      reserved.add(port);
      return true;
    } catch {
      if (attempt === 2 || isHeld(path)) return false;
      rmSync(path, { force: true });
    }
  }
  return false;
}

function isHeld(path: string): boolean {
  try {
    const holder: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return isIdentity(holder) && isRunning(holder);
  } catch {
    return false;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
