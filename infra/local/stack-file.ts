// stack.json: what other programs read to find a running local stack.
import { z } from 'zod';

const address = z.string().min(1);

export const stackFile = z.strictObject({
  api: address,
  issuer: address,
  temporal: z.strictObject({ address, namespace: address, ui: address.nullable() }),
  s3: z.strictObject({
    endpoint: address,
    region: address,
    /** Null with a real store that the machine's own role may use. */
    access_key_id: address.nullable(),
    secret_access_key: address.nullable(),
    inputs_bucket: address,
    results_bucket: address,
  }),
  /** Null when mail leaves by a real server. */
  mail: z.strictObject({ ui: address.nullable(), api: address.nullable() }),
  /** Null when it is Stripe itself. */
  stripe: z.strictObject({ endpoint: address.nullable() }),
  /** `prometheus` is null when it was not asked for; `operations` is where each process has `/metrics` and `/health`. */
  observability: z.strictObject({
    prometheus: address.nullable(),
    operations: z.record(z.string(), address),
  }),
  /** As the role that owns the schema and sees every row. */
  database: address,
  processes: z.array(z.strictObject({ name: z.string(), pid: z.int() })),
  users: z.array(z.strictObject({ email: z.string(), role: z.string(), plan: z.string() })),
});
export type StackFile = z.infer<typeof stackFile>;
