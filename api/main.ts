// The gateway process: settings → dependencies → HTTP.

import { openDatabase } from '../db/client.ts';
import { assertSchema } from '../db/migrate.ts';
import { openRateLimitCounts } from '../db/rate-limits.ts';
import { openKeyService, openPayloadDataKeys } from '../kms/settings.ts';
import { createLogger, runProcess, type RunningProcess } from '../process/main.ts';
import { startTracing } from '../process/tracing.ts';
import { createMetrics } from '../process/metrics.ts';
import { createHttpMetrics } from '../process/metrics-http.ts';
import { isMeasured, openOperations } from '../process/operations.ts';
import { createWebhookAddresses } from '../process/webhook-address.ts';
import { createWebhookSecrets } from '../process/webhook-secrets.ts';
import { connectStore, IMPATIENT } from '../store/client.ts';
import { createPresigner } from '../store/presign.ts';
import { createObjectStore } from '../store/s3.ts';
import { createTemporalClient } from '../temporal/client.ts';
import { temporalConnection } from '../temporal/connection.ts';
import { readPayloadKeys } from '../temporal/payload-keys.ts';
import { Afterwards } from './afterwards.ts';
import { createApp } from './app.ts';
import { createIdentities } from './auth/identities.ts';
import type { Dependencies } from './context.ts';
import { createClientNetwork } from './client-network.ts';
import { createJobWatch } from './job-watch.ts';
import { measureService } from './metrics.ts';
import { gatewayReadiness } from './routes/health.ts';
import { createRateLimiter, limitsFrom } from './rate-limits.ts';
import { createSagas } from './sagas.ts';
import { drain, listen, STOPPING } from './server.ts';
import { readApiSettings, type ApiSettings } from './settings.ts';

await runProcess('gateway', () => startGateway(readApiSettings(process.env)));

async function startGateway(settings: ApiSettings): Promise<RunningProcess> {
  const logger = createLogger('gateway', settings.LOG_LEVEL);
  // Before the connections: who has a trace to continue asks when it is made.
  const tracing = startTracing('varloom-gateway', settings, logger);
  const patientKeys = openKeyService(settings);
  const database = openDatabase({
    url: settings.DATABASE_URL,
    readerUrl: settings.DATABASE_READER_URL,
    applicationName: 'varloom-gateway',
  });
  await assertSchema(database);
  const s3 = connectStore(settings, IMPATIENT);
  const keys = readPayloadKeys(settings.PAYLOAD_KEYS_FILE, openPayloadDataKeys(settings));
  const temporal = createTemporalClient({
    ...temporalConnection(settings),
    namespace: settings.TEMPORAL_NAMESPACE,
    keys,
    isTraced: tracing !== undefined,
  });
  const jobWatch = await createJobWatch(database);
  const counts = openRateLimitCounts({ url: settings.DATABASE_URL, applicationName: 'varloom-gateway-limits' });
  const stopping = new AbortController();
  const afterwards = new Afterwards(logger);
  const metrics = isMeasured(settings) ? createMetrics('gateway') : undefined;
  const parts: Dependencies = {
    settings,
    database,
    store: createObjectStore(s3),
    presigner: createPresigner(s3),
    patientKeys,
    webhooks: {
      secrets: createWebhookSecrets(keys),
      addresses: createWebhookAddresses(settings.WEBHOOK_ALLOWED_PRIVATE),
    },
    sagas: createSagas(temporal),
    identities: createIdentities(settings),
    jobWatch,
    clientNetwork: createClientNetwork(settings.TRUSTED_PROXIES),
    rateLimits: createRateLimiter(counts, limitsFrom(settings), logger),
    logger,
    afterwards,
    stopping: stopping.signal,
    httpMetrics: metrics && createHttpMetrics(metrics.registry),
  };
  const app = createApp(parts);
  if (metrics) measureService(metrics, { database, temporal, escalationSeconds: settings.REVIEW_ESCALATION_SECONDS });
  const operations = await openOperations(settings, { metrics, readiness: gatewayReadiness(parts), logger });

  const server = listen({ fetch: app.fetch, port: settings.PORT, hostname: settings.HOST }, (port) => {
    logger.info({ port, publicUrl: settings.PUBLIC_URL }, 'gateway ready');
  });
  const failed = new Promise<never>((_resolve, reject) => server.on('error', reject));

  return {
    ended: failed,
    async stop() {
      stopping.abort();
      await drain(server, STOPPING);
      await afterwards.settled();
      await operations?.close();
      await jobWatch.close();
      await temporal.connection.close();
      await counts.close();
      await database.close();
      await tracing?.stop();
      logger.info('gateway stopped');
    },
  };
}
