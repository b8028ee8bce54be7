// A gateway whose sagas of the review are served: real records, real mail and webhooks, on a Temporal namespace of the
// caller's own. The engine is a stand-in. Laboratories have a person for each role, and a partner.

import { createHash, randomUUID } from 'node:crypto';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { inject, vi } from 'vitest';
import { createMailer } from '../../activities/mail/mailer.ts';
import { createEndpointMailActivities } from '../../activities/mail/endpoint-mail.ts';
import { createReviewMailActivities } from '../../activities/mail/review-mail.ts';
import { createRecordsActivities } from '../../activities/records/activities.ts';
import { createDeliveryTendingActivities } from '../../activities/records/delivery-tending.ts';
import { createReviewRecordsActivities } from '../../activities/records/review.ts';
import { createWebhookRecordsActivities } from '../../activities/records/webhooks.ts';
import { createWebhookActivities } from '../../activities/webhooks/activities.ts';
import type { JobId } from '../../domain/ids.ts';
import { ROLES, type Role } from '../../domain/principal.ts';
import { TASK_QUEUES } from '../../domain/queues.ts';
import type { ReviewLevel } from '../../domain/review.ts';
import { createDataConverter } from '../../temporal/data-converter.ts';
import { currentPrincipal, principalInterceptor } from '../../workers/principal.ts';
import { startTestGateway, type Answer, type TestGateway, type TestUser } from './gateway.ts';
import { addReference, submitted, SUMMARY } from './gateway-steps.ts';
import { workflowBundle } from './workflow-bundle.ts';
import { makeNamespace } from './namespace.ts';

export interface Laboratory extends Record<Role, TestUser> {
  name: string;
  partnerId: string;
  partnerEmail: string;
  /** The partner's service token. */
  partnerToken: string;
  /** An annotation that is complete: any number of samples may stand on it. */
  jobId: JobId;
}

export interface ReviewingGateway extends TestGateway {
  laboratory: () => Promise<Laboratory>;
  /** Another person of the laboratory. */
  colleague: (of: Laboratory, role: Role) => Promise<TestUser>;
  sample: (of: Laboratory) => Promise<string>;
  /** A delivery under review, of as many new samples. */
  delivery: (of: Laboratory, samples?: number) => Promise<{ id: string; samples: string[] }>;
}

/** A decision about a sample as it stands, unless `changes` say otherwise. */
export async function decide(
  who: TestUser,
  [delivery, sample]: readonly [string, string],
  level: ReviewLevel,
  changes: Record<string, unknown> = {},
): Promise<Answer> {
  const shown = await sampleOf(who, [delivery, sample]);
  const result_checksum = shown['result_checksum'];
  const body = { level, decision: 'accept', result_checksum, ...changes };
  return who.session('POST', `/deliveries/${delivery}/samples/${sample}/decisions`, { body });
}

/** The sample as its delivery shows it. */
export async function sampleOf(
  who: TestUser,
  [delivery, sample]: readonly [string, string],
): Promise<Record<string, unknown>> {
  const { body } = await who.session('GET', `/deliveries/${delivery}`);
  // The shape is asserted by the tests of deliveries.
  const found = (body['samples'] as Record<string, unknown>[]).find((one) => one['sample_id'] === sample);
  if (!found) throw new Error(`sample ${sample} is not in delivery ${delivery}`);
  return found;
}

export async function startReviewingGateway(
  purpose: string,
  settings: Record<string, string> = {},
): Promise<ReviewingGateway> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const { address } = inject('temporal');
  const connection = await NativeConnection.connect({ address });
  const namespace = await makeNamespace(connection, purpose);
  const gateway = await startTestGateway({ namespace, settings });
  await addReference(gateway, 'demo');
  const stopWorkers = await serve(gateway, connection);

  const sample: ReviewingGateway['sample'] = async ({ member, jobId }) => {
    const body = { barcode: `B-${randomUUID()}`, job_id: jobId };
    return idIn(await member.session('POST', '/samples', { body }), 'sample_id');
  };
  return {
    ...gateway,
    laboratory: () => makeLaboratory(gateway),
    colleague: ({ name }, role) => gateway.user({ laboratory: name, role, plan: 'premium', name: `Second ${role}` }),
    sample,
    async delivery(of, samples = 1) {
      const ids = await Promise.all(Array.from({ length: samples }, () => sample(of)));
      const body = { partner_id: of.partnerId, sample_ids: ids };
      const id = idIn(await of.member.session('POST', '/deliveries', { body }), 'delivery_id');
      return { id, samples: ids.toSorted() };
    },
    async close() {
      await gateway.dependencies.afterwards.settled();
      await stopWorkers();
      await gateway.close();
      await connection.close();
    },
  };
}

async function makeLaboratory(gateway: TestGateway): Promise<Laboratory> {
  const name = `Laboratory ${randomUUID().slice(0, 8)}`;
  const people = [];
  for (const role of ROLES) {
    people.push([role, await gateway.user({ laboratory: name, role, plan: 'premium', name: `The ${role}` })] as const);
  }
  // One for each role, just made.
  const byRole = Object.fromEntries(people) as Record<Role, TestUser>;
  const jobId = await submitted(byRole.member.token);
  await vi.waitUntil(
    async () => (await byRole.member.token('GET', `/annotations/${jobId}`)).body['job_status'] === 'COMPLETED',
    { timeout: 20_000, interval: 50 },
  );
  const partnerEmail = `${randomUUID()}@partner.test`;
  const body = { name: `Partner of ${name}`, email: partnerEmail };
  const partner = await byRole.admin.session('POST', '/partners', { body });
  return {
    ...byRole,
    name,
    jobId,
    partnerEmail,
    partnerId: idIn(partner, 'partner_id'),
    partnerToken: idIn(partner, 'token'),
  };
}

function idIn(answer: Answer, field: string): string {
  const id = answer.body[field];
  if (answer.status !== 201 || typeof id !== 'string') throw new Error(`not made: ${JSON.stringify(answer.body)}`);
  return id;
}

async function serve(gateway: TestGateway, connection: NativeConnection): Promise<() => Promise<void>> {
  const { database, dependencies, settings, payloadKeys } = gateway;
  const principal = currentPrincipal;
  const records = { database, principal, retentionSeconds: 3600 };
  const mailer = createMailer({ url: inject('mail').smtp, from: 'Varloom <no-reply@varloom.test>' });
  const base = {
    connection,
    namespace: settings.TEMPORAL_NAMESPACE,
    dataConverter: createDataConverter(payloadKeys, 'mark'),
    interceptors: { activity: [principalInterceptor] },
  };
  const workers = await Promise.all([
    Worker.create({
      ...base,
      taskQueue: TASK_QUEUES.orchestration,
      workflowBundle: await workflowBundle(),
      activities: {
        ...createRecordsActivities(records),
        ...createReviewRecordsActivities({
          ...records,
          signatureMaxAgeSeconds: settings.SIGNATURE_MAX_AGE_SECONDS,
          reminderSeconds: settings.REVIEW_REMINDER_SECONDS,
          escalationSeconds: settings.REVIEW_ESCALATION_SECONDS,
          claimSeconds: settings.REVIEW_CLAIM_SECONDS,
        }),
        ...createDeliveryTendingActivities(records),
        ...createWebhookRecordsActivities(records),
      },
    }),
    Worker.create({
      ...base,
      taskQueue: TASK_QUEUES.io,
      activities: {
        ...createReviewMailActivities({ database, mailer, principal, publicUrl: settings.PUBLIC_URL }),
        ...createEndpointMailActivities({ database, mailer, principal, publicUrl: settings.PUBLIC_URL }),
        ...createWebhookActivities({ database, principal, ...dependencies.webhooks }),
        'mail.annotation.send': async () => {},
      },
    }),
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
    mailer.close();
  };
}

/** No two results have the same checksum. */
async function annotate(gateway: TestGateway, jobId: JobId) {
  const prefix = `${jobId}/1`;
  const bytes = Buffer.from(`annotated ${jobId}`);
  await gateway.put('results', `${prefix}/annotated.vcf.gz`, bytes);
  await gateway.put(
    'results',
    `${prefix}/annotation.log`,
    'Input                  sample.vcf\n3 records in, 3 records out\n',
  );
  await gateway.put('results', `${prefix}/summary.json`, JSON.stringify(SUMMARY));
  await gateway.put('results', `${prefix}/provenance.json`, '{"engine":"a stand-in"}');
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { prefix, vcf: { sizeBytes: bytes.length, sha256 }, records: 3 };
}
