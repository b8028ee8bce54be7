// The codec server's process: operators read histories in plain with the Temporal UI, which sends payloads here.

import { createIdentities } from '../api/auth/identities.ts';
import { createClientNetwork } from '../api/client-network.ts';
import { listen } from '../api/server.ts';
import { openDatabase } from '../db/client.ts';
import { recordDecodings } from '../db/decodings.ts';
import { assertSchema } from '../db/migrate.ts';
import { openPayloadDataKeys } from '../kms/settings.ts';
import { createLogger, runProcess, type RunningProcess } from '../process/main.ts';
import { createMetrics } from '../process/metrics.ts';
import { createHttpMetrics } from '../process/metrics-http.ts';
import { isMeasured, openOperations } from '../process/operations.ts';
import { createReadiness } from '../process/operations-readiness.ts';
import { startTracing } from '../process/tracing.ts';
import { createPayloadCodec } from '../temporal/payload-codec.ts';
import { readPayloadKeys } from '../temporal/payload-keys.ts';
import { createCodecApp } from './app.ts';
import { createAudit } from './audit.ts';
import { createCredentialsOf, createFindOperator } from './operators.ts';
import { createRequestRate } from './request-rate.ts';
import { readCodecSettings, type CodecSettings } from './settings.ts';
import { limitWrongCredentials } from './wrong-credentials.ts';

/** What a request may still take when the server is asked to stop. */
const DRAIN_MS = 5_000;

await runProcess('codec', () => startCodec(readCodecSettings(process.env)));

async function startCodec(settings: CodecSettings): Promise<RunningProcess> {
  const logger = createLogger('codec', settings.LOG_LEVEL);
  const tracing = startTracing('varloom-codec', settings, logger);
  const keys = readPayloadKeys(settings.PAYLOAD_KEYS_FILE, openPayloadDataKeys(settings));
  const database = openDatabase({ url: settings.DATABASE_URL, applicationName: 'varloom-codec', maxConnections: 4 });
  await assertSchema(database);
  const identities = createIdentities({ ...settings, OIDC_SCOPES: 'openid' });
  const metrics = isMeasured(settings) ? createMetrics('codec') : undefined;
  const readiness = createReadiness({ postgres: () => database.ping() });
  const app = createCodecApp({
    settings,
    codec: createPayloadCodec(keys),
    findOperator: limitWrongCredentials({
      find: createFindOperator({ settings, database, identities }),
      credentialsOf: createCredentialsOf(settings.PUBLIC_URL),
      addressOf: createClientNetwork(settings.TRUSTED_PROXIES),
    }),
    rate: createRequestRate(settings.CODEC_REQUESTS_PER_MINUTE),
    audit: createAudit((operator, decodings) => recordDecodings(database, operator, decodings)),
    readiness,
    logger,
    httpMetrics: metrics && createHttpMetrics(metrics.registry),
  });
  const operations = await openOperations(settings, { metrics, readiness, logger });
  const server = listen({ fetch: app.fetch, port: settings.CODEC_PORT, hostname: settings.CODEC_HOST }, (port) => {
    logger.info({ port }, 'codec ready');
  });
  const failed = new Promise<never>((_resolve, reject) => server.on('error', reject));
  return {
    ended: failed,
    async stop() {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      const late = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
      server.closeIdleConnections();
      await closed;
      clearTimeout(late);
      await operations?.close();
      await database.close();
      await tracing?.stop();
      logger.info('codec stopped');
    },
  };
}
