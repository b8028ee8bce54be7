// A worker process: settings → dependencies → one worker per task queue named in WORKER_QUEUES.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { createAuditActivities } from '../activities/audit/activities.ts';
import { readSigningKeys } from '../activities/audit/signing-keys.ts';
import { createBillingActivities } from '../activities/billing/activities.ts';
import { createStripe } from '../activities/billing/stripe.ts';
import { createBcftoolsEngine } from '../activities/engine/bcftools/index.ts';
import { createEngineActivities } from '../activities/engine/activity.ts';
import { createMailActivities } from '../activities/mail/activities.ts';
import { createEndpointMailActivities } from '../activities/mail/endpoint-mail.ts';
import { createMailer } from '../activities/mail/mailer.ts';
import { createReviewMailActivities } from '../activities/mail/review-mail.ts';
import { createSubscriptionMailActivities } from '../activities/mail/subscription-mail.ts';
import { createRecordsActivities } from '../activities/records/activities.ts';
import { createBillingRecordsActivities } from '../activities/records/billing.ts';
import { createDeliveryTendingActivities } from '../activities/records/delivery-tending.ts';
import { createReconciliationActivities } from '../activities/records/reconciliation.ts';
import { createReviewRecordsActivities } from '../activities/records/review.ts';
import { createReferenceCache } from '../activities/references/cache.ts';
import { createWebhookRecordsActivities } from '../activities/records/webhooks.ts';
import { createStorageActivities } from '../activities/storage/activities.ts';
import { createWebhookActivities } from '../activities/webhooks/activities.ts';
import { openDatabase, type Database } from '../db/client.ts';
import { contactOf } from '../db/contacts.ts';
import { assertSchema } from '../db/migrate.ts';
import { inputFileName, saveProgress } from '../db/saga.ts';
import { TASK_QUEUES, type TaskQueue } from '../domain/queues.ts';
import { openPayloadDataKeys } from '../kms/settings.ts';
import { createLogger, runProcess, type Logger, type RunningProcess } from '../process/main.ts';
import { startTracing, type Tracing } from '../process/tracing.ts';
import { isMeasured, openOperations } from '../process/operations.ts';
import { createWebhookAddresses } from '../process/webhook-address.ts';
import { createWebhookSecrets } from '../process/webhook-secrets.ts';
import { awsCredentials, connectStore } from '../store/client.ts';
import { createObjectStore } from '../store/s3.ts';
import { createTemporalClient } from '../temporal/client.ts';
import { temporalConnection } from '../temporal/connection.ts';
import { createDataConverter } from '../temporal/data-converter.ts';
import { readPayloadKeys, type PayloadKeys } from '../temporal/payload-keys.ts';
import { bundleWorkflows } from './bundle.ts';
import { deploymentOptions } from './deployment.ts';
import { createWorkerMetrics, openSdkMetrics, type WorkerMetrics } from './metrics.ts';
import { currentPrincipal, principalInterceptor } from './principal.ts';
import { workerReadiness } from './readiness.ts';
import { ensureSchedules } from './schedules.ts';
import { sdkLogging } from './sdk-log.ts';
import { ensureSearchAttributes } from './search-attributes.ts';
import { readWorkerSettings, type WorkerSettings } from './settings.ts';
import { activityTraceInterceptor, workflowSpanSinks } from './tracing.ts';

await runProcess('worker', () => startWorkers(readWorkerSettings(process.env)));

async function startWorkers(settings: WorkerSettings): Promise<RunningProcess> {
  const queues = settings.WORKER_QUEUES;
  const logger = createLogger(`worker-${queues.join('+')}`, settings.LOG_LEVEL);
  const tracing = startTracing(`varloom-worker-${queues.join('+')}`, settings, logger);
  const metrics = isMeasured(settings) ? createWorkerMetrics(`worker-${queues.join('+')}`) : undefined;
  const sdkMetrics = metrics && (await openSdkMetrics());
  const sdkLog = sdkLogging(logger);
  Runtime.install({
    logger: sdkLog.logger,
    shutdownSignals: [],
    telemetryOptions: { ...sdkMetrics?.options, logging: sdkLog.ofCore },
  });
  if (sdkMetrics) metrics.metrics.append('sdk', sdkMetrics.read);

  const keys = readPayloadKeys(settings.PAYLOAD_KEYS_FILE, openPayloadDataKeys(settings));
  const database = openDatabase({
    url: settings.DATABASE_URL,
    readerUrl: settings.DATABASE_READER_URL,
    applicationName: `varloom-worker-${queues.join('+')}`,
  });
  await assertSchema(database);
  const connection = await NativeConnection.connect(temporalConnection(settings));
  const workers = await Promise.all(
    queues.map((queue) => createWorker(queue, { settings, keys, database, connection, logger, metrics, tracing })),
  );
  if (queues.includes(TASK_QUEUES.orchestration)) {
    const client = createTemporalClient({
      ...temporalConnection(settings),
      namespace: settings.TEMPORAL_NAMESPACE,
      keys,
    });
    await ensureSearchAttributes({ connection: client.connection, namespace: settings.TEMPORAL_NAMESPACE }, logger);
    await ensureSchedules(client);
    await client.connection.close();
  }

  const ended = Promise.all(workers.map((worker) => worker.run())).then(() => {});
  const readiness = workerReadiness(workers, { settings, database, connection });
  const operations = await openOperations(settings, { metrics: metrics?.metrics, readiness, logger });
  logger.info({ queues }, 'worker ready');
  return {
    ended,
    async stop() {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await ended.catch(() => {});
      await operations?.close();
      await connection.close();
      await database.close();
      await tracing?.stop();
      logger.info('worker stopped');
    },
  };
}

interface Parts {
  settings: WorkerSettings;
  keys: PayloadKeys;
  database: Database;
  connection: NativeConnection;
  logger: Logger;
  /** Undefined when nothing is measured. */
  metrics: WorkerMetrics | undefined;
  /** Undefined when nothing is traced. */
  tracing: Tracing | undefined;
}

async function createWorker(queue: TaskQueue, parts: Parts): Promise<Worker> {
  const { settings, keys, connection, metrics, tracing } = parts;
  const base: WorkerOptions = {
    connection,
    namespace: settings.TEMPORAL_NAMESPACE,
    taskQueue: queue,
    dataConverter: createDataConverter(keys, 'mark'),
    interceptors: {
      activity: [
        ...(tracing ? [activityTraceInterceptor] : []),
        principalInterceptor,
        ...(metrics ? [metrics.interceptor] : []),
      ],
    },
    // A long annotation is not waited for: it fails retryably and starts again on another worker.
    shutdownGraceTime: '3 seconds',
    shutdownForceTime: '20 seconds',
  };
  switch (queue) {
    case 'orchestration': {
      const { WORKFLOW_BUNDLE: bundle } = settings;
      const code = bundle === undefined ? await bundleWorkflows() : await readFile(bundle, 'utf8');
      return Worker.create({
        ...base,
        workflowBundle: { code },
        sinks: workflowSpanSinks(tracing),
        // Activity workers are not versioned: what activities take and give only grows.
        workerDeploymentOptions: deploymentOptions(settings, code),
        // Local activities run here, each on a database connection.
        activities: recordsActivities(parts),
        maxConcurrentLocalActivityExecutions: 20,
      });
    }
    case 'io':
      return Worker.create({ ...base, activities: ioActivities(parts), maxConcurrentActivityTaskExecutions: 20 });
    case 'engine':
      return Worker.create({
        ...base,
        activities: engineActivities(parts),
        maxConcurrentActivityTaskExecutions: settings.ENGINE_SLOTS,
      });
  }
}

function recordsActivities({ settings, database }: Parts) {
  const records = { database, principal: currentPrincipal, retentionSeconds: settings.RETENTION_SECONDS };
  return {
    ...createRecordsActivities(records),
    ...createBillingRecordsActivities({ ...records, gracePeriodSeconds: settings.GRACE_PERIOD_SECONDS }),
    ...createReconciliationActivities(records),
    ...createReviewRecordsActivities({
      ...records,
      signatureMaxAgeSeconds: settings.SIGNATURE_MAX_AGE_SECONDS,
      reminderSeconds: settings.REVIEW_REMINDER_SECONDS,
      escalationSeconds: settings.REVIEW_ESCALATION_SECONDS,
      claimSeconds: settings.REVIEW_CLAIM_SECONDS,
    }),
    ...createDeliveryTendingActivities(records),
    ...createWebhookRecordsActivities(records),
  };
}

function ioActivities({ settings, database, keys, metrics }: Parts) {
  const principal = currentPrincipal;
  const ownMailer = createMailer({
    url: settings.MAIL_URL,
    from: settings.MAIL_FROM,
    sesEndpoint: settings.SES_ENDPOINT,
    credentials: awsCredentials(settings),
  });
  const mailer = metrics?.mailer(ownMailer) ?? ownMailer;
  const mail = { database, mailer, principal, publicUrl: settings.PUBLIC_URL };
  const store = createObjectStore(connectStore(settings));
  const { AUDIT_KEY_FILE: auditKeyFile } = settings;
  const audit = createAuditActivities({
    store,
    database,
    principal,
    keys: auditKeyFile === undefined ? undefined : readSigningKeys(auditKeyFile),
  });
  const webhooks = createWebhookActivities({
    database,
    principal,
    secrets: createWebhookSecrets(keys),
    addresses: createWebhookAddresses(settings.WEBHOOK_ALLOWED_PRIVATE),
    onAttempt: metrics?.webhookAttempts(),
  });
  return {
    ...(metrics?.audit(audit) ?? audit),
    ...webhooks,
    ...createStorageActivities({
      store,
      database,
      principal,
      archive: {
        storageClass: settings.ARCHIVE_STORAGE_CLASS,
        tier: settings.RESTORE_TIER,
        pollSeconds: settings.RESTORE_POLL_SECONDS,
      },
    }),
    ...createMailActivities(mail),
    ...createSubscriptionMailActivities(mail),
    ...createReviewMailActivities(mail),
    ...createEndpointMailActivities(mail),
    ...billingActivities(settings, database),
  };
}

function billingActivities(settings: WorkerSettings, database: Database) {
  const { STRIPE_API_KEY: apiKey, STRIPE_ENDPOINT: endpoint } = settings;
  return createBillingActivities({
    stripe: apiKey === undefined ? null : createStripe({ apiKey, endpoint }),
    priceId: settings.STRIPE_PRICE_ID,
    publicUrl: settings.PUBLIC_URL,
    checkoutExpirySeconds: settings.CHECKOUT_EXPIRY_SECONDS,
    contact: (userId) => contactOf(database, currentPrincipal(), userId),
  });
}

function engineActivities({ settings, database, logger, metrics }: Parts) {
  const store = createObjectStore(connectStore(settings));
  const activities = createEngineActivities({
    engine: createBcftoolsEngine(),
    store,
    references: createReferenceCache({ database, store, directory: join(settings.WORK_DIRECTORY, 'references') }),
    progress: { report: (jobId, progress) => saveProgress(database, currentPrincipal(), jobId, progress) },
    jobs: { inputFileName: (jobId) => inputFileName(database, currentPrincipal(), jobId) },
    workDirectory: settings.WORK_DIRECTORY,
    limits: engineLimits(settings),
    logger,
  });
  return metrics?.engine(activities) ?? activities;
}

function engineLimits(settings: WorkerSettings) {
  return {
    inflatedBytes: 2 * 1024 ** 4,
    lineBytes: 32 * 1024 ** 2,
    headerBytes: 64 * 1024 ** 2,
    recordsPerPosition: 10_000,
    memoryBytes: settings.ENGINE_MEMORY_BYTES,
    wallSeconds: settings.ENGINE_WALL_SECONDS,
  };
}
