// The names of all settings, so that one that is misspelt can be told from one of another program.

/** As in .env.example; a test holds the two together. */
export const SETTING_NAMES: readonly string[] = [
  ...['NODE_ENV', 'LOG_LEVEL', 'OPERATIONS_PORT', 'OPERATIONS_HOST'],
  ...['OTEL_SDK_DISABLED', 'OTEL_SERVICE_NAME', 'OTEL_RESOURCE_ATTRIBUTES', 'OTEL_TRACES_EXPORTER'],
  ...['OTEL_TRACES_SAMPLER', 'OTEL_TRACES_SAMPLER_ARG', 'OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_EXPORTER_OTLP_TIMEOUT'],
  ...['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'],
  ...['OTEL_EXPORTER_OTLP_PROTOCOL', 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'TRACE_URL_TEMPLATE', 'TEMPORAL_UI_URL'],
  ...['TRACE_ACCEPT_PARENT'],
  ...['DATABASE_URL', 'DATABASE_READER_URL', 'DATABASE_OWNER_URL'],
  ...['TEMPORAL_ADDRESS', 'TEMPORAL_NAMESPACE', 'TEMPORAL_UI', 'PAYLOAD_KEYS_FILE', 'PAYLOAD_KEY_SERVICE'],
  ...['TEMPORAL_TLS', 'TEMPORAL_TLS_CA', 'TEMPORAL_TLS_CERT', 'TEMPORAL_TLS_KEY', 'TEMPORAL_TLS_SERVER_NAME'],
  ...['TEMPORAL_API_KEY', 'WORKFLOW_BUNDLE', 'WORKER_QUEUES', 'WORKER_DEPLOYMENT', 'WORKER_BUILD_ID', 'WORK_DIRECTORY'],
  ...['OPERATORS', 'CODEC_PORT', 'CODEC_HOST', 'CODEC_CORS_ORIGIN', 'CODEC_REQUESTS_PER_MINUTE'],
  ...['PATIENT_KEY_SERVICE', 'PATIENT_KEYS_FILE', 'KMS_ENDPOINT', 'AUDIT_KEY_FILE'],
  ...['S3_ENDPOINT', 'S3_INPUTS_BUCKET', 'S3_RESULTS_BUCKET', 'STORAGE_TOPIC_ARN', 'STORAGE_ACCEPT_UNSIGNED'],
  ...['AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'],
  ...['PORT', 'HOST', 'PUBLIC_URL', 'TRUSTED_PROXIES'],
  ...['RATE_LIMIT_PRINCIPAL_PER_MINUTE', 'RATE_LIMIT_UPLOADS_PER_MINUTE', 'RATE_LIMIT_ADDRESS_PER_MINUTE'],
  ...['RATE_LIMIT_SIGN_IN_PER_MINUTE', 'RATE_LIMIT_BAD_CREDENTIALS_PER_MINUTE'],
  ...['OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET', 'OIDC_SCOPES', 'OIDC_AUDIENCE'],
  ...['FREE_UPLOAD_LIMIT_BYTES', 'PREMIUM_UPLOAD_LIMIT_BYTES', 'UPLOAD_EXPIRY_SECONDS'],
  ...['RETENTION_SECONDS', 'ARCHIVE_STORAGE_CLASS', 'RESTORE_TIER', 'RESTORE_POLL_SECONDS', 'GRACE_PERIOD_SECONDS'],
  ...['ENGINE_SLOTS', 'ENGINE_MEMORY_BYTES', 'ENGINE_WALL_SECONDS'],
  ...['MAIL_URL', 'MAIL_FROM', 'SES_ENDPOINT'],
  ...[
    'SIGNATURE_MAX_AGE_SECONDS',
    'SIGNATURE_ACCEPT_ISSUED_AT',
    'REVIEW_REMINDER_SECONDS',
    'REVIEW_ESCALATION_SECONDS',
    'REVIEW_CLAIM_SECONDS',
  ],
  ...['DELIVERY_LINK_SECONDS', 'WEBHOOK_ALLOWED_PRIVATE'],
  ...['STRIPE_API_KEY', 'STRIPE_WEBHOOK_SECRET', 'STRIPE_ENDPOINT', 'STRIPE_PRICE_ID', 'CHECKOUT_EXPIRY_SECONDS'],
  ...['STRIPE_SANDBOX_SHORTEST_CHECKOUT_SECONDS', 'CHROMIUM_PATH'],
  ...['VARLOOM_HOME', 'VARLOOM_PORTS', 'VARLOOM_CACHE', 'VARLOOM_PARTS', 'VARLOOM_METRICS', 'VARLOOM_OBSERVE'],
];

/** Shorter names are near to too much that is not ours: HOME is not HOST. */
const SHORTEST = 6;
const MOST_MISTAKES = 2;

/** What of an environment looks like a misspelt setting, and which one it may be. */
export function misspelt(environment: Readonly<Record<string, string | undefined>>): { name: string; meant: string }[] {
  const known = new Set(SETTING_NAMES.flatMap((name) => [name, `${name}_FILE`]));
  return Object.keys(environment).flatMap((name) => {
    if (known.has(name) || name.length < SHORTEST || environment[name] === undefined) return [];
    const near = SETTING_NAMES.filter(
      (setting) => setting.length >= SHORTEST && mistakes(name.replace(/_FILE$/, ''), setting.replace(/_FILE$/, '')),
    );
    const [meant] = near.toSorted((a, b) => Math.abs(a.length - name.length) - Math.abs(b.length - name.length));
    return meant === undefined ? [] : [{ name, meant }];
  });
}

/** Whether `a` becomes `b` by two characters more, fewer, other or swapped with their neighbour, at the most. */
function mistakes(a: string, b: string, left = MOST_MISTAKES): boolean {
  let same = 0;
  while (same < a.length && a[same] === b[same]) same += 1;
  const [restA, restB] = [a.slice(same), b.slice(same)];
  if (restA === '' || restB === '') return restA.length + restB.length <= left;
  if (left === 0) return false;
  const isSwapped = restA[0] === restB[1] && restA[1] === restB[0];
  return (
    mistakes(restA.slice(1), restB.slice(1), left - 1) ||
    mistakes(restA.slice(1), restB, left - 1) ||
    mistakes(restA, restB.slice(1), left - 1) ||
    (isSwapped && mistakes(restA.slice(2), restB.slice(2), left - 1))
  );
}
