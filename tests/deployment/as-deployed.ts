// Starts a service of docker-compose.yml as a process of this machine, with the settings that image and file give it and
// nothing else: only addresses, ports and paths are exchanged for those that are here.

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { projectDirectory } from '../../infra/local/home.ts';
import { reservePort } from '../../infra/local/ports.ts';
import type { ComposeFile, ComposeService } from './compose-file.ts';

const run = promisify(execFile);

/** What stands in the file, and what is there in its place: `postgres:5432` → `127.0.0.1:41234`. */
export type Exchanges = readonly (readonly [string, string])[];

/** What the `ENV` lines of the image say. */
export function imageEnvironment(): Record<string, string> {
  const dockerfile = readFileSync(join(projectDirectory, 'Dockerfile'), 'utf8').replaceAll(/\\\n/g, ' ');
  const lines = [...dockerfile.matchAll(/^ENV (.*)$/gm)].map(([, line = '']) => line);
  return Object.fromEntries(
    lines.flatMap((line) => [...line.matchAll(/(\w+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value])),
  );
}

/** The secrets of make-settings.mjs, in a directory of the test's own. */
export async function makeSettings(directory: string, domain = 'varloom.localhost'): Promise<string> {
  const secrets = join(directory, 'settings');
  const script = join(projectDirectory, 'infra', 'docker', 'make-settings.mjs');
  await run(process.execPath, [script, `--directory=${secrets}`, `--domain=${domain}`]);
  return secrets;
}

/** Ports that a container has to itself are shared by all here. */
const PORTS = ['PORT', 'CODEC_PORT', 'OPERATIONS_PORT', 'ISSUER_PORT', 'STRIPE_SANDBOX_PORT'];

export interface Installation {
  file: ComposeFile;
  /** Where the files of the secrets are. */
  secrets: string;
  directory: string;
  /** The workflow bundle, which the image has within itself. */
  bundle: string;
  exchanges: Exchanges;
  /** Of Temporal, in place of the one that the file names. */
  namespace: string;
}

/** The environment of a service's process. A secret that the service is not granted is not there. */
export async function environmentOf(
  { file, secrets, directory, bundle, exchanges, namespace }: Installation,
  name: string,
): Promise<Record<string, string>> {
  const service = serviceOf(file, name);
  const home = await mkdtemp(join(directory, `${name}-`));
  await mkdir(join(home, 'work'));
  for (const granted of service.secrets) {
    const source = file.secrets[granted]?.file;
    if (source === undefined) throw new Error(`${name}: ${granted} is no secret of the file`);
    await cp(join(secrets, basename(source)), join(home, granted));
  }
  const environment: Record<string, string> = {};
  for (const [key, value] of Object.entries({ ...imageEnvironment(), ...service.environment })) {
    const here = value
      .replace(/^\/run\/secrets\//, `${home}/`)
      .replace(/^\/settings(?=\/)/, secrets)
      .replace(/^\/work(?=\/|$)/, join(home, 'work'))
      .replace(/^\/varloom\/build\/workflows\.js$/, bundle)
      // Not to be reached from outside while tests run.
      .replace(/^0\.0\.0\.0$/, '127.0.0.1');
    environment[key] = exchanges.reduce((text, [there, replacement]) => text.replace(there, replacement), here);
  }
  if (environment['TEMPORAL_NAMESPACE']) environment['TEMPORAL_NAMESPACE'] = namespace;
  for (const port of PORTS) if (environment[port]) environment[port] = String(await reservePort());
  return environment;
}

export function serviceOf(file: ComposeFile, name: string): ComposeService {
  const service = file.services[name];
  if (!service) throw new Error(`docker-compose.yml: there is no service ${name}`);
  return service;
}

/** The program that a service's command names: `node PROGRAM`. */
export function programOf(file: ComposeFile, name: string): string {
  const [node, program, ...rest] = serviceOf(file, name).command ?? [];
  if (node !== 'node' || program === undefined || rest.length > 0) throw new Error(`${name}: does not run a program`);
  return program;
}
