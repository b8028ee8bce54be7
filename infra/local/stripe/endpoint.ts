// One endpoint of the API: where it is, which parameters it takes, what it does. And the two that most families share.
import { z } from 'zod';
import { noSuch } from './errors.ts';
import { listOf, readParameters } from './form.ts';
import type { FormParameters } from './form.ts';
import type { Sandbox } from './sandbox.ts';
import type { ObjectKind, StoredObjects } from './stored.ts';

export interface Endpoint {
  method: 'get' | 'post' | 'delete';
  /** As Hono takes it; `:id` is the only name. */
  path: string;
  /** Checks the parameters and acts, all of it in one transaction. Throws a StripeRefusal. */
  run: (sandbox: Sandbox, given: FormParameters, id: string) => object;
}

export function endpoint<Schema extends z.ZodType>(
  method: Endpoint['method'],
  path: string,
  parameters: Schema,
  act: (sandbox: Sandbox, parameters: z.output<Schema>, id: string) => object,
): Endpoint {
  return { method, path, run: (sandbox, given, id) => act(sandbox, readParameters(parameters, given), id) };
}

export const nothing = z.strictObject({});

/** `GET path/:id`. */
export function retrieval<Kind extends ObjectKind>(kind: Kind, path: string, name: string = kind): Endpoint {
  return endpoint('get', `${path}/:id`, nothing, (sandbox, _, id) => existing(sandbox, kind, id, name));
}

/** `GET path`, newest first. A filter is a field that must be equal. */
export function listing<Kind extends ObjectKind>(
  kind: Kind,
  path: string,
  filters: Record<string, z.ZodType<string | boolean | undefined>> = {},
): Endpoint {
  const isFilter = ([name]: [string, unknown]) => name in filters;
  const run: Endpoint['run'] = (sandbox, given) => {
    const entries = Object.entries(given);
    const where = readParameters(z.strictObject(filters), Object.fromEntries(entries.filter(isFilter)));
    const rest = Object.fromEntries(entries.filter((entry) => !isFilter(entry)));
    const page = readParameters(listOf({}), rest);
    const { starting_after: startingAfter, ending_before: endingBefore } = page;
    const found = sandbox.store.list(kind, { ...page, where, startingAfter, endingBefore });
    return list(path, found.data, found.hasMore);
  };
  return { method: 'get', path, run };
}

export const list = (url: string, data: object[], hasMore: boolean) => ({
  object: 'list' as const,
  url,
  has_more: hasMore,
  data,
});

/** The object, or Stripe's refusal. `param` other than `id` is a parameter that names it: then the status is 400. */
export function existing<Kind extends ObjectKind>(
  sandbox: Sandbox,
  kind: Kind,
  id: string,
  name: string = kind,
  param = 'id',
): StoredObjects[Kind] {
  const found = sandbox.store.find(kind, id);
  if (!found) throw noSuch(name, id, param, param === 'id' ? 404 : 400);
  return found;
}
