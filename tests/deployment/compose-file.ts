// docker-compose.yml as it is read by Docker Compose: merged, with its variables replaced by their defaults.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { projectDirectory } from '../../infra/local/home.ts';

const condition = z.enum(['service_started', 'service_healthy', 'service_completed_successfully']);
const names = z.union([z.array(z.string()), z.record(z.string(), z.unknown()).transform(Object.keys)]);

const service = z.looseObject({
  image: z.string(),
  build: z.object({ context: z.string(), target: z.string() }).optional(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).default({}),
  env_file: z.array(z.string()).default([]),
  secrets: z
    .array(
      z.union([z.string(), z.object({ source: z.string(), target: z.string() }).transform(({ source }) => source)]),
    )
    .default([]),
  networks: names.default([]),
  volumes: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
  profiles: z.array(z.string()).default([]),
  depends_on: z
    .record(
      z.string(),
      z.strictObject({ condition, required: z.boolean().optional(), restart: z.boolean().optional() }),
    )
    .default({}),
  restart: z.string(),
  read_only: z.boolean().default(false),
  cap_drop: z.array(z.string()).default([]),
  security_opt: z.array(z.string()).default([]),
  stop_grace_period: z
    .string()
    .regex(/^\d+s$/)
    .default('10s')
    .transform((text) => Number.parseInt(text, 10)),
});

const composeFile = z.object({
  services: z.record(z.string(), service),
  networks: z.record(z.string(), z.looseObject({ internal: z.boolean().default(false) })),
  volumes: z.record(z.string(), z.unknown()),
  secrets: z.record(z.string(), z.object({ file: z.string() })),
});

export type ComposeFile = z.infer<typeof composeFile>;
export type ComposeService = z.infer<typeof service>;

/** `${NAME}`, `${NAME:-default}`, `${NAME:?what it is}`; `$$` is a dollar sign. @throws Error for a variable that is neither given nor has a default */
export function interpolate(text: string, given: Readonly<Record<string, string>>): string {
  return text.replace(/\$(?:\$|\{(\w+)(?::-([^}]*)|:\?[^}]*)?\})/g, (found, name?: string, ifUnset?: string) => {
    if (name === undefined) return found === '$$' ? '$' : found;
    const value = given[name] ?? ifUnset;
    if (value === undefined) throw new Error(`docker-compose.yml: ${name} is not given, and has no default`);
    return value;
  });
}

/** @throws ZodError when it is not of the form that is expected here */
export function readComposeFile(
  given: Readonly<Record<string, string>> = {},
  name = 'docker-compose.yml',
): ComposeFile {
  const text = readFileSync(join(projectDirectory, name), 'utf8');
  // As Compose does it: the text is read first, and what the variables hold is never anything but text.
  const replaced = (value: unknown): unknown => {
    if (typeof value === 'string') return interpolate(value, given);
    if (Array.isArray(value)) return value.map(replaced);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [interpolate(key, given), replaced(inner)]));
  };
  return composeFile.parse(replaced(parse(text, { merge: true, maxAliasCount: -1 })));
}
