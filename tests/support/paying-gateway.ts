// A gateway whose sagas of paying are served: real records, real storage, the Stripe sandbox with its webhooks, on a
// Temporal namespace of the caller's own. The engine and the mail are stand-ins. Results are archived at once.

import { createHash } from 'node:crypto';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { expect, inject } from 'vitest';
import { createBillingActivities } from '../../activities/billing/activities.ts';
import { createStripe } from '../../activities/billing/stripe.ts';
import { createRecordsActivities } from '../../activities/records/activities.ts';
import { createBillingRecordsActivities } from '../../activities/records/billing.ts';
import { createStorageActivities } from '../../activities/storage/activities.ts';
import { contactOf } from '../../db/contacts.ts';
import { VarloomError, type ErrorType } from '../../domain/errors.ts';
import type { JobId } from '../../domain/ids.ts';
import { TASK_QUEUES } from '../../domain/queues.ts';
import { reservePort } from '../../infra/local/ports.ts';
import { startStripeSandbox, type StripeSandbox } from '../../infra/local/stripe/start.ts';
import { createDataConverter } from '../../temporal/data-converter.ts';
import { toFailure } from '../../temporal/failures.ts';
import { currentPrincipal, principalInterceptor } from '../../workers/principal.ts';
import { startTestGateway, type TestGateway, type TestUser } from './gateway.ts';
import { addReference, submitted, SUMMARY } from './gateway-steps.ts';
import { workflowBundle } from './workflow-bundle.ts';
import { makeNamespace } from './namespace.ts';

export interface PayingGateway extends TestGateway {
  stripe: StripeSandbox;
  /** While it is set, no archived copy can be retrieved, for this reason. */
  retrievalFails: { with: ErrorType | undefined };
  /** A job of the user whose result is in the archive. */
  archived: (who: TestUser) => Promise<JobId>;
}

export async function startPayingGateway(purpose: string): Promise<PayingGateway> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const { address } = inject('temporal');
  const connection = await NativeConnection.connect({ address });
  const namespace = await makeNamespace(connection, purpose);

  const [port, stripePort] = [await reservePort(), await reservePort()];
  const webhookSecret = 'whsec_of_the_test';
  const stripe = await startStripeSandbox({
    port: stripePort,
    apiKey: 'sk_test_of_the_test',
    webhookSecret,
    webhookUrl: `http://127.0.0.1:${port}/webhooks/stripe`,
  });
  const gateway = await startTestGateway({ namespace, port, settings: { STRIPE_WEBHOOK_SECRET: webhookSecret } });
  await addReference(gateway, 'demo');
  const retrievalFails: PayingGateway['retrievalFails'] = { with: undefined };
  const stopWorkers = await serve(gateway, stripe, connection, retrievalFails);
  return {
    ...gateway,
    stripe,
    retrievalFails,
    async archived(who) {
      const id = await submitted(who.token);
      const look = async () => (await who.token('GET', `/annotations/${id}`)).body['result_state'];
      await expect.poll(look, { interval: 50 }).toBe('archived');
      return id;
    },
    async close() {
      await stripe.close();
      await gateway.dependencies.afterwards.settled();
      await stopWorkers();
      await gateway.close();
      await connection.close();
    },
  };
}

async function serve(
  gateway: TestGateway,
  stripe: StripeSandbox,
  connection: NativeConnection,
  retrievalFails: PayingGateway['retrievalFails'],
): Promise<() => Promise<void>> {
  const { database, dependencies, settings, payloadKeys } = gateway;
  const records = { database, principal: currentPrincipal, retentionSeconds: 0, gracePeriodSeconds: 3600 };
  const storage = createStorageActivities({
    store: dependencies.store,
    database,
    principal: currentPrincipal,
    archive: { storageClass: 'GLACIER', tier: 'Expedited', pollSeconds: 1 },
  });
  const base = {
    connection,
    namespace: settings.TEMPORAL_NAMESPACE,
    dataConverter: createDataConverter(payloadKeys, 'mark'),
    interceptors: { activity: [principalInterceptor] },
  };
  const io = {
    ...storage,
    'storage.result.retrieve': (input: Parameters<(typeof storage)['storage.result.retrieve']>[0]) => {
      const type = retrievalFails.with;
      if (type !== undefined) throw toFailure(new VarloomError(type, 'The test does not let it.'));
      return storage['storage.result.retrieve'](input);
    },
    ...createBillingActivities({
      stripe: createStripe(stripe),
      publicUrl: settings.PUBLIC_URL,
      checkoutExpirySeconds: 3600,
      contact: (userId) => contactOf(database, currentPrincipal(), userId),
    }),
    'mail.annotation.send': async () => {},
    'mail.subscription.send': async () => {},
  };
  const workers = await Promise.all([
    Worker.create({
      ...base,
      taskQueue: TASK_QUEUES.orchestration,
      workflowBundle: await workflowBundle(),
      activities: { ...createRecordsActivities(records), ...createBillingRecordsActivities(records) },
    }),
    Worker.create({ ...base, taskQueue: TASK_QUEUES.io, activities: io }),
    Worker.create({
      ...base,
      taskQueue: TASK_QUEUES.engine,
      activities: { 'engine.input.annotate': ({ jobId }: { jobId: JobId }) => annotate(gateway, jobId) },
    }),
  ]);
  const running = workers.map((worker) => worker.run());
  return async () => {
    for (const worker of workers) worker.shutdown();
    await Promise.all(running);
  };
}

async function annotate(gateway: TestGateway, jobId: JobId) {
  const prefix = `${jobId}/1`;
  const bytes = Buffer.from(`annotated ${jobId}`);
  await gateway.put('results', `${prefix}/annotated.vcf.gz`, bytes);
  await gateway.put('results', `${prefix}/annotation.log`, 'log');
  await gateway.put('results', `${prefix}/summary.json`, JSON.stringify(SUMMARY));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { prefix, vcf: { sizeBytes: bytes.length, sha256 }, records: 3 };
}
