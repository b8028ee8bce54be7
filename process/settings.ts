// Settings: each process parses its environment once, at start, refuses to start on a bad value, and freezes the result.

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { misspelt } from './setting-names.ts';

/** Thrown with a message that names every bad setting, and never its value: some are secrets. */
export class BadSettings extends Error {
  override name = 'BadSettings';
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Half a pair would be ignored without a word, and other credentials, or none, be used in its place. */
const PAIRS = [
  ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'],
  ['TEMPORAL_TLS_CERT', 'TEMPORAL_TLS_KEY'],
] as const;

/**
 * Empty means unset: that is how compose files and shells leave a variable out. What is not given as `NAME` may stand in the
 * file that `NAME_FILE` names, as Docker and Kubernetes hand out secrets; one line break at its end is not part of it.
 *
 * @throws BadSettings that names all that is wrong, one a line
 */
export function parseSettings<Shape extends z.ZodRawShape>(
  shape: Shape,
  environment: Environment,
): Readonly<z.infer<z.ZodObject<Shape>>> {
  if (environment === process.env) warnOfMisspelt(environment);
  const given: Record<string, string | undefined> = {};
  const faults = new Map<string, string>();
  for (const name of Object.keys(shape)) {
    const found = valueOf(name, shape, environment);
    if ('fault' in found) faults.set(name, `  ${found.setting}: ${found.fault}`);
    else given[name] = found.value;
  }
  const parsed = z.object(shape).safeParse(given);
  for (const issue of parsed.error?.issues ?? []) {
    // A fault within a list is a fault of its setting.
    const name = String(issue.path[0]);
    if (!faults.has(name)) faults.set(name, `  ${name}: ${given[name] === undefined ? 'is required' : issue.message}`);
  }
  for (const [one, other] of PAIRS) {
    if (!(one in shape && other in shape) || faults.has(one) || faults.has(other)) continue;
    const [missing, ...both] = [one, other].filter((name) => given[name] === undefined);
    if (missing === undefined || both.length > 0) continue;
    faults.set(missing, `  ${missing}: is required, because ${one} and ${other} go together`);
  }
  if (parsed.success && faults.size === 0) return Object.freeze(parsed.data);
  throw new BadSettings(
    `These settings are missing or wrong (all are described in .env.example):\n${[...faults.values()].join('\n')}`,
  );
}

const warned = new Set<string>();

/** An unknown name is no error: most of an environment is not ours. */
function warnOfMisspelt(environment: Environment): void {
  for (const { name, meant } of misspelt(environment)) {
    if (warned.has(name)) continue;
    warned.add(name);
    process.stderr.write(`warning: ${name} is no setting, and is not read: is ${meant} meant?\n`);
  }
}

type Found = { value: string | undefined } | { setting: string; fault: string };

/** Faults name neither a value nor a file: somebody may have put the secret where its file's name belongs. */
function valueOf(name: string, shape: object, environment: Environment): Found {
  const value = environment[name] || undefined;
  const setting = `${name}_FILE`;
  const path = environment[setting] || undefined;
  // What is a file by itself has none that holds its name.
  if (path === undefined || name.endsWith('_FILE') || setting in shape) return { value };
  if (value !== undefined)
    return { setting: name, fault: `is given twice, by itself and by ${setting}: leave one out` };
  let content: string;
  try {
    content = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch {
    return { setting, fault: 'the file that it names cannot be read' };
  }
  return content === '' ? { setting, fault: 'the file that it names is empty' } : { value: content };
}

/** For commands: what `read` reads; or the end of the process, with what is wrong on stderr. */
export function settingsOrExit<T>(read: (environment: Environment) => T): T {
  try {
    return read(process.env);
  } catch (error) {
    if (!(error instanceof BadSettings)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
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

/** `https://host[:port]`: cookies, redirects and the check of where a request comes from know no path. */
export const origin = z
  .url({ protocol: /^https?$/ })
  .refine((text) => URL.canParse(text) && new URL(text).href === `${new URL(text).origin}/`, {
    error: 'must be an address without path, user and query: https://host or https://host:port',
  });

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

const certificates = z
  .string()
  .refine(
    areCertificates,
    'must be certificates in PEM; the name of their file goes into the setting that ends with _FILE',
  );

export const temporalSettings = {
  TEMPORAL_ADDRESS: z.string().regex(/^[^\s/]+:\d+$/, 'must be host:port'),
  TEMPORAL_NAMESPACE: z.string().min(1).default('default'),
  /** Unset: so it is, when one of the following is given. What they make of a connection: temporal/connection.ts. */
  TEMPORAL_TLS: flag.optional(),
  /** Who vouches for the server; otherwise those whom the system trusts. */
  TEMPORAL_TLS_CA: certificates.optional(),
  /** What this process proves with who it is. */
  TEMPORAL_TLS_CERT: certificates.optional(),
  TEMPORAL_TLS_KEY: z
    .string()
    .refine(
      isPrivateKey,
      'must be a private key in PEM, without a pass phrase; the name of its file: TEMPORAL_TLS_KEY_FILE',
    )
    .optional(),
  /** Whom the server's certificate is for, where that is not the host of TEMPORAL_ADDRESS. */
  TEMPORAL_TLS_SERVER_NAME: z
    .string()
    .regex(/^[\w.-]+$/, 'must be the name of a host')
    .optional(),
  /** It becomes a header. */
  TEMPORAL_API_KEY: z
    .string()
    .regex(/^[\x21-\x7e]+$/, 'must be one word')
    .optional(),
  PAYLOAD_KEYS_FILE: z.string().min(1),
} as const;

function areCertificates(text: string): boolean {
  const each = text.match(/-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----/gs) ?? [];
  return each.length > 0 && each.every((one) => canBe(() => new X509Certificate(one)));
}

function isPrivateKey(text: string): boolean {
  return canBe(() => createPrivateKey(text));
}

function canBe(made: () => unknown): boolean {
  try {
    made();
    return true;
  } catch {
    return false;
  }
}
