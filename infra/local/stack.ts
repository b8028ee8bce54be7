// The local stack: its parts in the order in which they depend on each other, each embedded unless the environment
// names a real one.
import { join } from 'node:path';
import { DEMO_GENOME, ensureReference } from './demo-genome.ts';
import { generousLimits } from './generous-limits.ts';
import { ensureAuditKeys, ensurePatientKeys, ensurePayloadKeys, projectDirectory, writeJson } from './home.ts';
import type { Home } from './home.ts';
import { layOutStore, subscribeWebhook } from './object-store.ts';
import { PortBook, reservePort } from './ports.ts';
import type { ProcessPlan } from './running-process.ts';
import { answers } from './services/embedded.ts';
import type { EmbeddedService } from './services/embedded.ts';
import { embedIssuer } from './services/issuer.ts';
import { embedMaildev } from './services/maildev.ts';
import { embedMinistack } from './services/ministack.ts';
import { embedPostgres } from './services/postgres.ts';
import { embedPrometheus } from './services/prometheus.ts';
import { embedStripe } from './services/stripe.ts';
import { embedTemporal } from './services/temporal.ts';
import { embedTemporalUi } from './services/temporal-ui.ts';
import type { StackSettings } from './stack-settings.ts';
import type { StackFile } from './stack-file.ts';
import type { Supervisor } from './supervisor.ts';
import { localUsers, seedUsers } from './users.ts';

type Environment = Record<string, string | undefined>;

const STEP_LIMIT_SECONDS = 300;

/** Starts everything and answers what stack.json shall say. Throws on the first part that does not start. */
export async function startParts(
  home: Home,
  settings: StackSettings,
  supervisor: Supervisor,
  say: (text: string) => void,
): Promise<Omit<StackFile, 'processes'>> {
  const ports = new PortBook(join(home.run, 'ports.json'), { random: settings.VARLOOM_PORTS === 'random' });
  const gatewayPort = await ports.choose('gateway', settings.PORT);
  const codecPort = await ports.choose('codec', settings.CODEC_PORT);
  const api = settings.PUBLIC_URL ?? `http://127.0.0.1:${gatewayPort}`;
  const codec = `http://127.0.0.1:${codecPort}`;

  const supervise = async <Addresses>(service: EmbeddedService<Addresses>): Promise<Addresses> => {
    await supervisor.start(service.plan, service.provision);
    return service.addresses;
  };

  // Independent of each other, and together the longest part of a first start.
  const [database, temporal, store, mail, issuer, stripe] = await allStarted([
    startDatabase(),
    startTemporalServer(),
    startStore(),
    startMail(),
    startSignIn(),
    startPayments(),
  ]);

  async function startDatabase() {
    const given = settings.DATABASE_URL;
    if (given) return { url: given, ownerUrl: settings.DATABASE_OWNER_URL ?? given };
    const port = await ports.choose('postgres');
    return supervise(await embedPostgres({ directory: join(home.data, 'postgres'), secrets: home.secrets, port }));
  }

  async function startTemporalServer() {
    const namespace = settings.TEMPORAL_NAMESPACE ?? 'default';
    if (settings.TEMPORAL_ADDRESS) {
      return { address: settings.TEMPORAL_ADDRESS, namespace, ui: settings.TEMPORAL_UI ?? null };
    }
    const port = await ports.choose('temporal');
    const uiPort = await ports.choose('temporal-ui');
    const directory = join(home.data, 'temporal');
    const server = await embedTemporal({ directory, port, uiPort: await reservePort(), codecEndpoint: codec });
    const addresses = await supervise(server);
    const ui = await supervise(embedTemporalUi({ upstream: addresses.ui ?? '', port: uiPort }));
    return { ...addresses, ui };
  }

  async function startStore() {
    const names = { inputsBucket: settings.S3_INPUTS_BUCKET, resultsBucket: settings.S3_RESULTS_BUCKET };
    if (settings.S3_ENDPOINT) {
      return {
        endpoint: settings.S3_ENDPOINT,
        region: settings.AWS_REGION ?? 'us-east-1',
        accessKeyId: settings.AWS_ACCESS_KEY_ID ?? null,
        secretAccessKey: settings.AWS_SECRET_ACCESS_KEY ?? null,
        ...names,
        topicArn: settings.STORAGE_TOPIC_ARN,
        subscribe: undefined,
      };
    }
    const port = await ports.choose('store');
    const service = await embedMinistack({ directory: join(home.data, 'store'), secrets: home.secrets, port });
    const { addresses } = service;
    const layOut = () => layOutStore(addresses, { ...names, topic: 'varloom-storage' });
    let subscribed = false;
    const subscribe = async () => {
      await subscribeWebhook(addresses, (await layOut()).topicArn, `http://127.0.0.1:${gatewayPort}/webhooks/storage`);
      subscribed = true;
    };
    // A restarted store has forgotten who listens to it.
    await supervise({ ...service, provision: async () => void (await (subscribed ? subscribe() : layOut())) });
    return { ...addresses, ...(await layOut()), subscribe };
  }

  async function startMail() {
    if (settings.MAIL_URL) return { smtp: settings.MAIL_URL, ui: null, api: null };
    const [port, webPort] = [await ports.choose('smtp'), await ports.choose('mail')];
    return supervise(await embedMaildev({ directory: join(home.data, 'mail'), port, webPort }));
  }

  async function startSignIn() {
    if (settings.OIDC_ISSUER) {
      const { OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET: clientSecret } = settings;
      return { issuer: settings.OIDC_ISSUER, clientId, clientSecret, users: [] };
    }
    const port = await ports.choose('issuer');
    const directory = join(home.data, 'issuer');
    const addresses = await supervise(await embedIssuer({ directory, secrets: home.secrets, port, publicUrl: api }));
    return { ...addresses, users: localUsers };
  }

  async function startPayments() {
    const { STRIPE_API_KEY: apiKey, STRIPE_WEBHOOK_SECRET: webhookSecret, STRIPE_ENDPOINT: endpoint } = settings;
    if (apiKey) return { endpoint, apiKey, webhookSecret };
    const port = await ports.choose('stripe');
    const place = { directory: join(home.data, 'stripe'), secrets: home.secrets, port };
    const shortestCheckoutSeconds = settings.STRIPE_SANDBOX_SHORTEST_CHECKOUT_SECONDS;
    // By the loopback address whatever PUBLIC_URL says: the sandbox is on this machine.
    const webhookUrl = `http://127.0.0.1:${gatewayPort}/webhooks/stripe`;
    return supervise(await embedStripe({ ...place, webhookUrl, shortestCheckoutSeconds }));
  }

  const environment: Environment = {
    DATABASE_URL: database.url,
    DATABASE_OWNER_URL: database.ownerUrl,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    PAYLOAD_KEYS_FILE: settings.PAYLOAD_KEYS_FILE ?? ensurePayloadKeys(home),
    PAYLOAD_KEY_SERVICE: settings.PAYLOAD_KEY_SERVICE,
    PATIENT_KEY_SERVICE: settings.PATIENT_KEY_SERVICE,
    PATIENT_KEYS_FILE:
      settings.PATIENT_KEYS_FILE ??
      (settings.PATIENT_KEY_SERVICE?.startsWith('kms:') ? undefined : ensurePatientKeys(home)),
    KMS_ENDPOINT: settings.KMS_ENDPOINT,
    AUDIT_KEY_FILE: settings.AUDIT_KEY_FILE ?? ensureAuditKeys(home),
    S3_ENDPOINT: store.endpoint,
    AWS_REGION: store.region,
    AWS_ACCESS_KEY_ID: store.accessKeyId ?? undefined,
    AWS_SECRET_ACCESS_KEY: store.secretAccessKey ?? undefined,
    S3_INPUTS_BUCKET: store.inputsBucket,
    S3_RESULTS_BUCKET: store.resultsBucket,
    STORAGE_TOPIC_ARN: store.topicArn,
    // On one machine, a partner's program is on loopback as well: this is where it may listen.
    WEBHOOK_ALLOWED_PRIVATE: settings.WEBHOOK_ALLOWED_PRIVATE ?? `127.0.0.1:${await ports.choose('partner')}`,
    // The local store cannot sign its notifications.
    ...(store.subscribe ? { STORAGE_ACCEPT_UNSIGNED: 'true' } : {}),
    MAIL_URL: mail.smtp,
    STRIPE_API_KEY: stripe.apiKey,
    STRIPE_WEBHOOK_SECRET: stripe.webhookSecret,
    STRIPE_ENDPOINT: stripe.endpoint,
    STRIPE_PRICE_ID: settings.STRIPE_PRICE_ID,
    OIDC_ISSUER: issuer.issuer,
    OIDC_CLIENT_ID: issuer.clientId,
    OIDC_CLIENT_SECRET: issuer.clientSecret,
    HOST: '127.0.0.1',
    PORT: String(gatewayPort),
    PUBLIC_URL: api,
    ...generousLimits(process.env),
    WORK_DIRECTORY: settings.WORK_DIRECTORY ?? home.work,
    CODEC_PORT: String(codecPort),
    TEMPORAL_UI_URL: temporal.ui ?? undefined,
    CODEC_CORS_ORIGIN: temporal.ui ?? undefined,
    OPERATORS: settings.OPERATORS ?? issuer.users.find(({ role }) => role === 'admin')?.email,
  };
  // Without a UI nobody asks it, and without operators it answers nobody.
  const hasCodec = environment['CODEC_CORS_ORIGIN'] !== undefined && environment['OPERATORS'] !== undefined;

  const run = (name: string, program: string, args: string[] = [], extra: Environment = {}) => {
    const script = join(projectDirectory, program);
    return supervisor.run(name, process.execPath, [script, ...args], { ...environment, ...extra }, STEP_LIMIT_SECONDS);
  };
  const operations: Record<string, string> = {};
  const application = async (
    name: 'gateway' | 'codec' | `worker-${'orchestration' | 'io' | 'engine'}`,
    program: string,
    extra: Environment,
    isReady: ProcessPlan['isReady'],
  ) => {
    const port = settings.VARLOOM_METRICS === 'on' ? await ports.choose(`operations-${name}`) : undefined;
    if (port !== undefined) operations[name] = `http://127.0.0.1:${port}`;
    const measured = { OPERATIONS_PORT: port === undefined ? undefined : String(port), OPERATIONS_HOST: '127.0.0.1' };
    return supervisor.start({
      name,
      command: process.execPath,
      args: [join(projectDirectory, program)],
      env: { ...environment, ...measured, ...extra },
      isReady,
      readyWithinSeconds: 120,
      stopSignal: 'SIGTERM',
      stopWithinSeconds: 20,
    });
  };
  const logs = (message: string) => (output: () => string) => output().includes(`"msg":"${message}"`);

  async function startApplication() {
    say('starting gateway and workers');
    const gatewayIsReady = () => answers(`http://127.0.0.1:${gatewayPort}/health/ready`);
    await allStarted([
      hasCodec ? application('codec', 'codec/main.ts', {}, logs('codec ready')) : undefined,
      application('gateway', 'api/main.ts', {}, gatewayIsReady),
      ...(['orchestration', 'io', 'engine'] as const).map((queue) =>
        application(`worker-${queue}`, 'workers/main.ts', { WORKER_QUEUES: queue }, logs('worker ready')),
      ),
    ]);
    await store.subscribe?.();
  }

  say('migrating the database');
  await run('migrate', 'db/migrate.ts');
  const seeds = issuer.users.length > 0 ? seedUsers() : [];
  const bundle = settings.WORKFLOW_BUNDLE ?? join(home.run, 'workflows.js');
  await allStarted([
    run('seed', 'db/seed.ts', [], { SEED_USERS: JSON.stringify(seeds) }),
    settings.WORKFLOW_BUNDLE ? undefined : run('bundle', 'workers/bundle.ts', [bundle]),
  ]);
  environment['WORKFLOW_BUNDLE'] = bundle;
  writeJson(home.settingsFile, environment);

  if (settings.VARLOOM_PARTS === 'all') await startApplication();
  if (await ensureReference(home, environment)) say(`installed the synthetic reference genome "${DEMO_GENOME}"`);

  const prometheus =
    settings.VARLOOM_OBSERVE === 'true'
      ? (await supervise(embedPrometheus(home, await ports.choose('prometheus'), operations))).url
      : null;

  return {
    api,
    issuer: issuer.issuer,
    temporal: { address: temporal.address, namespace: temporal.namespace, ui: temporal.ui },
    s3: {
      endpoint: store.endpoint,
      region: store.region,
      access_key_id: store.accessKeyId,
      secret_access_key: store.secretAccessKey,
      inputs_bucket: store.inputsBucket,
      results_bucket: store.resultsBucket,
    },
    mail: { ui: mail.ui, api: mail.api },
    stripe: { endpoint: stripe.endpoint ?? null },
    observability: { prometheus, operations },
    database: database.ownerUrl,
    users: issuer.users.map(({ email, role, plan }) => ({ email, role, plan })),
  };
}

/** Like Promise.all, but waits for all of them: what still starts must be known before it can be stopped. */
async function allStarted<T extends readonly unknown[]>(
  starts: readonly [...T],
): Promise<{ [I in keyof T]: Awaited<T[I]> }> {
  await Promise.allSettled(starts);
  return Promise.all(starts);
}
