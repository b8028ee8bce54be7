// Settings: each process parses its environment once, at start, refuses to start on a bad value, and freezes the result.

import { z } from 'zod';

/** Thrown with a message that names every bad setting, and never its value: some are secrets. */
export class BadSettings extends Error {
  override name = 'BadSettings';
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Half a pair would be ignored without a word, and other credentials be found in its place. */
const PAIRS = [['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']] as const;

/** Empty means unset: that is how compose files and shells leave a variable out. */
export function parseSettings<Shape extends z.ZodRawShape>(
  shape: Shape,
  environment: Environment,
): Readonly<z.infer<z.ZodObject<Shape>>> {
  const given = Object.fromEntries(
    Object.keys(shape).map((name) => [name, environment[name] === '' ? undefined : environment[name]]),
  );
  const parsed = z.object(shape).safeParse(given);
  const faults = (parsed.error?.issues ?? []).map((issue) => {
    // A fault within a list is a fault of its setting.
    const name = String(issue.path[0]);
    return `  ${name}: ${given[name] === undefined ? 'is required' : issue.message}`;
  });
  for (const [one, other] of PAIRS) {
    if (!(one in shape && other in shape)) continue;
    const missing = [one, other].filter((name) => given[name] === undefined);
    if (missing.length === 1) faults.push(`  ${missing[0]}: is required, because ${one} and ${other} go together`);
  }
  if (parsed.success && faults.length === 0) return Object.freeze(parsed.data);
  throw new BadSettings(
    `These settings are missing or wrong (all are described in .env.example):\n${faults.join('\n')}`,
  );
}

// ---- Kinds of values

export const wholeNumber = (minimum: number, maximum = Number.MAX_SAFE_INTEGER) =>
  // Digits only: Number() would read a blank as 0, and `1e3` or `0x10` as what nobody meant.
  z
    .string()
    .regex(/^\d{1,16}$/, 'must be a whole number, in digits')
    .transform(Number)
    .pipe(z.number().int().min(minimum).max(maximum));

export const portNumber = wholeNumber(0, 65_535);

/** `true` or `false`; anything else is refused, rather than taken for one of them. */
export const flag = z.enum(['true', 'false']).transform((text) => text === 'true');

// ---- Settings that several processes share

export const processSettings = {
  NODE_ENV: z.enum(['production', 'development', 'test']).default('development'),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
} as const;

const postgresUrl = z.url({ protocol: /^postgres(ql)?$/ });

export const databaseSettings = {
  DATABASE_URL: postgresUrl,
  DATABASE_READER_URL: postgresUrl.optional(),
} as const;

export const temporalSettings = {
  TEMPORAL_ADDRESS: z.string().regex(/^[^\s/]+:\d+$/, 'must be host:port'),
  TEMPORAL_NAMESPACE: z.string().min(1).default('default'),
  PAYLOAD_KEYS_FILE: z.string().min(1),
} as const;
