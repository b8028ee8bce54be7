// The branches of what Schedules run, and of messages to partners.

import { randomUUID } from 'node:crypto';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { vi } from 'vitest';
import type { AuditActivities } from '../../activities/audit/activities.ts';
import type { EndpointMailActivities } from '../../activities/mail/endpoint-mail.ts';
import type { BillingRecordsActivities } from '../../activities/records/billing.ts';
import type {
  DeliveryTendingActivities,
  UntendedDelivery,
  UntendedReview,
} from '../../activities/records/delivery-tending.ts';
import type { WebhookRecordsActivities } from '../../activities/records/webhooks.ts';
import type { StorageActivities } from '../../activities/storage/activities.ts';
import type { Finding } from '../../activities/storage/comparison.ts';
import { endpointId, jobId, workflowIds, type EndpointId, type UserId } from '../../domain/ids.ts';
import { TASK_QUEUES } from '../../domain/queues.ts';
import { sampleClosedSignal } from '../../workflows/delivery-review/messages.ts';
import type * as workflows from '../../workflows/index.ts';
import { recalledSignal } from '../../workflows/review-sample/messages.ts';
import { payingSteps } from '../support/models/paying-steps.ts';
import { reviewStageIn } from '../support/models/review-stage.ts';
import type { ReceiverModel } from '../support/models/memory-webhooks.ts';
import type { Branch } from './branches.ts';

/** What Schedules ask that no other saga asks, and that the world has no model of. */
export interface ScheduledModel {
  activities: AuditActivities &
    DeliveryTendingActivities &
    EndpointMailActivities &
    Pick<WebhookRecordsActivities, 'records.webhook.listDisabled'> &
    Pick<StorageActivities, 'storage.results.compare'> &
    Pick<BillingRecordsActivities, 'records.event.listUntold'>;
  /** Whose sagas have not heard the payment service's news. */
  untold: UserId[];
  untendedDeliveries: UntendedDelivery[];
  untendedReviews: UntendedReview[];
  disabledEndpoints: EndpointId[];
  /** A page each. */
  findings: Finding[][];
  checkpoints: { written: number; faulty: string[] }[];
}

export function createScheduledModel(): ScheduledModel {
  const model: ScheduledModel = {
    untold: [],
    untendedDeliveries: [],
    untendedReviews: [],
    disabledEndpoints: [],
    findings: [],
    checkpoints: [],
    activities: {
      'records.delivery.listUntended': async () => model.untendedDeliveries,
      'records.review.listUntended': async () => model.untendedReviews,
      'records.webhook.listDisabled': async () => model.disabledEndpoints,
      'mail.endpoint.send': async ({ endpointId }) => {
        if (endpointId === model.disabledEndpoints[0]) throw new Error('the mail service is down');
      },
      'records.event.listUntold': async () => ({ userIds: model.untold, before: new Date().toISOString() }),
      'storage.results.compare': async () => {
        const findings = model.findings.shift() ?? [];
        return { findings, compared: findings.length, next: model.findings.length > 0 ? jobId(randomUUID()) : null };
      },
      'audit.checkpoint.write': async () => {
        const page = model.checkpoints.shift() ?? { written: 0, faulty: [] };
        return { ...page, next: model.checkpoints.length > 0 ? randomUUID() : null };
      },
    },
  };
  return model;
}

const ended = async (handle: WorkflowHandle): Promise<WorkflowHandle> => {
  await handle.result().catch(() => {});
  return handle;
};

/** As a Schedule starts it. */
const scheduled = (client: Client, name: keyof typeof workflows): Promise<WorkflowHandle> =>
  client.workflow.start(name, { workflowId: `${name}-${randomUUID()}`, taskQueue: TASK_QUEUES.orchestration });

const message =
  (receiver: ReceiverModel): Branch =>
  async ({ world, environment }) => {
    const { messageId } = world.webhooks.add(receiver);
    return ended(
      await environment.client.workflow.start('deliverWebhook', {
        workflowId: workflowIds.webhook(messageId),
        taskQueue: TASK_QUEUES.orchestration,
        args: [{ messageId }],
      }),
    );
  };

export const scheduleBranches: Record<string, Branch> = {
  'webhook-delivered': message(() => 'takes'),
  // The one above was recorded when no saga took its organization from its record yet.
  'webhook-delivered-and-found': message(() => 'takes'),
  'webhook-delivered-after-retries': message((attempt) => (attempt < 4 ? 'fails' : 'takes')),
  'webhook-given-up': message(() => 'fails'),
  'webhook-endpoint-gone': message(() => 'is gone'),
  'tend-webhooks': async ({ world, environment: { client } }) => {
    const [waiting, running] = [world.webhooks.add(() => 'takes'), world.webhooks.add(() => 'takes')];
    world.webhooks.untended = [waiting, running];
    const released = Promise.withResolvers<void>();
    world.on('webhooks.message.send', () => released.promise);
    const sending = await client.workflow.start('deliverWebhook', {
      workflowId: workflowIds.webhook(running.messageId),
      taskQueue: TASK_QUEUES.orchestration,
      args: [{ messageId: running.messageId }],
    });
    const handle = await ended(await scheduled(client, 'tendWebhooks'));
    released.resolve();
    await ended(sending);
    await ended(client.workflow.getHandle(workflowIds.webhook(waiting.messageId)));
    return handle;
  },
  // The mail about the first of them cannot be sent.
  'tend-webhooks-tells-of-disabled-endpoints': async ({ scheduled: model, environment: { client } }) => {
    model.disabledEndpoints = [endpointId(randomUUID()), endpointId(randomUUID())];
    return ended(await scheduled(client, 'tendWebhooks'));
  },
  'tend-deliveries': async ({ world, scheduled: model, environment }) => {
    const stage = await reviewStageIn(world, environment);
    const { activities, addDelivery } = world.review;
    const [sample, resumed] = [await stage.addSample(), await stage.addSample()];
    const running = await stage.deliver(1);
    const [delivery, other] = [addDelivery([sample]), addDelivery([resumed])];
    const creator = stage.people.member;
    model.untendedDeliveries = [
      { delivery, creator, isUnsettled: false },
      { delivery: running.delivery, creator, isUnsettled: true },
    ];
    model.untendedReviews = [
      { delivery: other, sample: resumed, creator, isReannotating: false },
      { delivery: running.delivery, sample: running.sample, creator, isReannotating: true },
    ];
    const handle = await ended(await scheduled(environment.client, 'tendDeliveries'));
    const begun = () =>
      new Set(
        world.calls.flatMap(({ name, input }) => (name === 'records.review.find' ? [JSON.stringify(input)] : [])),
      );
    await vi.waitFor(
      () => {
        if (begun().size < 3) throw new Error('not every review has begun');
      },
      { timeout: 30_000 },
    );
    for (const one of [delivery, other]) await activities['records.delivery.move']({ delivery: one, move: 'recall' });
    for (const one of [sample, resumed]) {
      await stage.review(one).signal(recalledSignal);
      await ended(stage.review(one));
    }
    await stage.delivery(delivery).signal(sampleClosedSignal);
    await ended(stage.delivery(delivery));
    await stage.finish();
    return handle;
  },
  'tend-subscriptions': async ({ world, scheduled: model, environment }) => {
    const steps = payingSteps(world, environment);
    const [running, gone] = [world.addUser(), world.addUser()];
    await steps.openCheckout(running);
    model.untold = [running, gone];
    const handle = await ended(await scheduled(environment.client, 'tendSubscriptions'));
    await steps.ending(gone);
    await steps.cancel(running, 'now');
    await steps.ending(running);
    return handle;
  },
  reconcile: async ({ world, environment }) => {
    world.records.clear();
    const steps = payingSteps(world, environment);
    const archived = await world.plant(world.addUser('premium'), 'archived');
    const live = await world.plant(world.addUser('free'), 'live');
    world.retrievalSeconds = 0;
    world.on('storage.result.retrieve', () => steps.tellRetrieved(archived.jobId));
    const handle = await ended(await scheduled(environment.client, 'reconcile'));
    await ended(environment.client.workflow.getHandle(workflowIds.restore(archived.jobId)));
    await ended(environment.client.workflow.getHandle(workflowIds.archive(live.jobId)));
    return handle;
  },
  'reconcile-without-payment-service': async ({ world, environment: { client } }) => {
    world.records.clear();
    world.fail('billing.accounts.list', { kind: 'permanent' });
    return ended(await scheduled(client, 'reconcile'));
  },
  'reconcile-store': async ({ world, scheduled: model, environment: { client } }) => {
    const job = await world.plant(world.addUser('premium'), 'live');
    const { userId, generation } = job;
    const finding = { jobId: job.jobId, userId, generation, state: 'live', kind: 'live_missing' } as const;
    model.findings = [[finding], []];
    return ended(await scheduled(client, 'reconcileStore'));
  },
  'audit-checkpoint': async ({ scheduled: model, environment: { client } }) => {
    model.checkpoints = [
      { written: 2, faulty: [] },
      { written: 1, faulty: [randomUUID()] },
    ];
    return ended(await scheduled(client, 'auditCheckpoint'));
  },
};
