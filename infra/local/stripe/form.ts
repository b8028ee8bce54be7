// Stripe's request encoding: `a[b][0][c]=` as nested objects and lists; and parameters checked as Stripe checks them.
import { z } from 'zod';
import { invalidRequest } from './errors.ts';

export type FormValue = string | FormValue[] | { [name: string]: FormValue };
export type FormParameters = { [name: string]: FormValue };

const DEEPEST = 10;

/** Both `a[]=x&a[]=y` and `a[0]=x&a[1]=y` are lists. Throws a refusal when a name cannot be read. */
export function decodeForm(encoded: string): FormParameters {
  const root: Node = { children: new Map() };
  for (const [name, value] of new URLSearchParams(encoded)) {
    const path = readName(name);
    let node = root;
    for (const step of path) {
      const key = step === '' ? String(node.children.size) : step;
      let next = node.children.get(key);
      if (!next) node.children.set(key, (next = { children: new Map() }));
      node = next;
    }
    node.value = value;
  }
  // The root is an object even when it is empty or its names look like places in a list.
  return Object.fromEntries([...root.children].map(([key, child]) => [key, toValue(child)]));
}

interface Node {
  value?: string;
  children: Map<string, Node>;
}

function readName(name: string): string[] {
  const match = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(name);
  if (!match) throw invalidRequest(`Invalid parameter name: ${name}`, { code: 'parameter_unknown', param: name });
  const [, first = '', rest = ''] = match;
  const path = [first, ...[...rest.matchAll(/\[([^[\]]*)\]/g)].map(([, inner = '']) => inner)];
  if (path.length > DEEPEST) throw invalidRequest(`Too deep: ${name}`, { param: name });
  return path;
}

function toValue({ value, children }: Node): FormValue {
  if (children.size === 0) return value ?? '';
  const entries = [...children].map(([key, child]): [string, FormValue] => [key, toValue(child)]);
  if (!entries.every(([key]) => /^\d+$/.test(key))) return Object.fromEntries(entries);
  return entries.toSorted(([a], [b]) => Number(a) - Number(b)).map(([, member]) => member);
}

/** The kinds of parameter, as they come in a form: all of them text. */
export const text = z.string().min(1).max(5000);
export const flag = z.enum(['true', 'false']).transform((value) => value === 'true');
export const integer = z
  .string()
  .regex(/^-?\d+$/)
  .transform(Number);
export const url = z.string().refine((value) => /^https?:$/.test(URL.parse(value)?.protocol ?? ''), 'Not a valid URL');
/** An empty value removes a key, and an empty `metadata` all of them. */
export const metadata = z.union([
  z.literal('').transform(() => null),
  z.record(z.string().max(40), z.string().max(500)),
]);
export const timeRange = z.union([
  integer.transform((value) => ({ gte: value, lte: value })),
  z.strictObject({ gt: integer, gte: integer, lt: integer, lte: integer }).partial(),
]);

const page = {
  limit: integer.pipe(z.number().min(1).max(100)).default(10),
  starting_after: text.optional(),
  ending_before: text.optional(),
};

/** The parameters of a list, and those of every list. */
export const listOf = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject({ ...page, created: timeRange.optional(), ...shape });

/** Checks parameters; throws Stripe's refusal for the first that is unknown, missing or invalid. */
export function readParameters<Schema extends z.ZodType>(schema: Schema, given: FormParameters): z.output<Schema> {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  if (!issue) throw invalidRequest('Invalid parameters');
  if (issue.code === 'unrecognized_keys') {
    const param = parameterName([...issue.path, issue.keys[0] ?? '']);
    throw invalidRequest(`Received unknown parameter: ${param}`, { code: 'parameter_unknown', param });
  }
  const param = parameterName(issue.path);
  const isMissing = issue.path.reduce<unknown>(member, given) === undefined;
  if (isMissing) throw invalidRequest(`Missing required param: ${param}.`, { code: 'parameter_missing', param });
  throw invalidRequest(`Invalid ${param}: ${issue.message}`, { param });
}

/** New metadata over the old: what is empty goes. */
export function mergeMetadata(
  before: Record<string, string> | null,
  given: Record<string, string> | null | undefined,
): Record<string, string> {
  if (given === null) return {};
  return Object.fromEntries(Object.entries({ ...before, ...given }).filter(([, value]) => value !== ''));
}

const parameterName = ([first, ...rest]: readonly PropertyKey[]): string =>
  [String(first ?? ''), ...rest.map((step) => `[${String(step)}]`)].join('');

function member(holder: unknown, key: PropertyKey): unknown {
  if (typeof holder !== 'object' || holder === null) return undefined;
  return Object.getOwnPropertyDescriptor(holder, key)?.value;
}
