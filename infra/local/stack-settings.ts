// What the environment says about the stack: which services are real ones, and which ports are wanted.
import { z } from 'zod';

const port = z.coerce.number().int().min(1).max(65535).optional();
const text = z.string().min(1).optional();

const environment = z
  .object({
    DATABASE_URL: text,
    DATABASE_OWNER_URL: text,
    TEMPORAL_ADDRESS: text,
    TEMPORAL_NAMESPACE: text,
    TEMPORAL_UI: text,
    S3_ENDPOINT: text,
    AWS_REGION: text,
    AWS_ACCESS_KEY_ID: text,
    AWS_SECRET_ACCESS_KEY: text,
    S3_INPUTS_BUCKET: z.string().min(3).default('varloom-inputs'),
    S3_RESULTS_BUCKET: z.string().min(3).default('varloom-results'),
    STORAGE_TOPIC_ARN: text,
    MAIL_URL: text,
    /** Set: Stripe itself, or what STRIPE_ENDPOINT names, in place of the sandbox. */
    STRIPE_API_KEY: text,
    STRIPE_WEBHOOK_SECRET: text,
    STRIPE_ENDPOINT: z.url().optional(),
    STRIPE_PRICE_ID: text,
    STRIPE_SANDBOX_SHORTEST_CHECKOUT_SECONDS: z.coerce.number().int().min(1).optional(),
    OIDC_ISSUER: text,
    OIDC_CLIENT_ID: text,
    OIDC_CLIENT_SECRET: text,
    PAYLOAD_KEYS_FILE: text,
    PAYLOAD_KEY_SERVICE: text,
    OPERATORS: text,
    AUDIT_KEY_FILE: text,
    /** Set to a KMS: no key file is made. */
    PATIENT_KEY_SERVICE: text,
    PATIENT_KEYS_FILE: text,
    WEBHOOK_ALLOWED_PRIVATE: text,
    KMS_ENDPOINT: z.url().optional(),
    WORKFLOW_BUNDLE: text,
    WORK_DIRECTORY: text,
    PUBLIC_URL: text,
    PORT: port,
    CODEC_PORT: port,
    /** `services`: neither gateway nor workers, which somebody runs by hand, with the settings in run/settings.json. */
    VARLOOM_PARTS: z.enum(['all', 'services']).default('all'),
    /** `off`: no process is measured, for comparisons of what measuring costs. */
    VARLOOM_METRICS: z.enum(['on', 'off']).default('on'),
    /** `true`: Prometheus runs beside the stack. */
    VARLOOM_OBSERVE: z.enum(['true', 'false']).default('false'),
    /** `random`: take free ports instead of the usual ones. */
    VARLOOM_PORTS: z.enum(['usual', 'random']).default('usual'),
  })
  .superRefine((values, context) => {
    if (values.OIDC_ISSUER && !values.OIDC_CLIENT_ID) {
      context.addIssue({ code: 'custom', path: ['OIDC_CLIENT_ID'], message: 'is needed when OIDC_ISSUER is set' });
    }
    if (values.STRIPE_API_KEY && !values.STRIPE_WEBHOOK_SECRET) {
      const message = 'is needed when STRIPE_API_KEY is set';
      context.addIssue({ code: 'custom', path: ['STRIPE_WEBHOOK_SECRET'], message });
    }
  });

export type StackSettings = z.infer<typeof environment>;

/** Throws an Error that names each bad setting. Empty ones count as unset, as in a copied `.env.example`. */
export function readStackSettings(from: NodeJS.ProcessEnv): StackSettings {
  const given = Object.fromEntries(Object.entries(from).filter(([, value]) => value !== ''));
  const parsed = environment.safeParse(given);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new Error(`Bad settings:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
}
