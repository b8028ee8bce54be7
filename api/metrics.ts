// What the gateway measures of the whole service: the figures of Postgres and of Temporal. Every gateway tells the same
// ones, because they matter most when the workers are gone; take the maximum over gateways, never the sum.

import type { Client } from '@temporalio/client';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Database } from '../db/client.ts';
import { readBacklog, readEnded, readStock, type Backlog, type Ended, type Stock } from '../db/metrics.ts';
import { httpStatusOf, isErrorType } from '../domain/errors.ts';
import { PLANS } from '../domain/plans.ts';
import { system } from '../domain/principal.ts';
import { REVIEW_LEVELS } from '../domain/review.ts';
import { clear, type Collector, type Metrics } from '../process/metrics.ts';
import { createScheduleCollector, createTaskQueueCollector } from './metrics-temporal.ts';

export interface ServiceParts {
  database: Database;
  temporal: Client;
  /** After how long a review that waits is escalated. */
  escalationSeconds: number;
}

/** Often enough for an alert, seldom enough that Postgres does not notice. */
const BACKLOG_LIFE_MS = 10_000;
/** What is counted over whole tables. */
const STOCK_LIFE_MS = 5 * 60_000;
/** A checkpoint is made every hour: one that is missing after two was not made. */
const CHECKPOINT_OVERDUE_SECONDS = 2 * 3600;

const principal = system('metrics');

export function measureService(metrics: Metrics, { database, temporal, escalationSeconds }: ServiceParts): void {
  metrics.add(backlogCollector(metrics.registry, () => readBacklog(database, principal, { escalationSeconds })));
  metrics.add(endedCollector(metrics.registry, (since) => readEnded(database, principal, since)));
  metrics.add(
    stockCollector(metrics.registry, () =>
      readStock(database, principal, { overdueSeconds: CHECKPOINT_OVERDUE_SECONDS }),
    ),
  );
  metrics.add(createTaskQueueCollector(metrics.registry, temporal));
  metrics.add(createScheduleCollector(metrics.registry, temporal));
}

function backlogCollector(registry: Registry, read: () => Promise<Backlog>): Collector {
  const registers = [registry];
  const all: Gauge[] = [];
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) => {
    const made = new Gauge({ name, help, labelNames, registers });
    all.push(made);
    return made;
  };
  const ofJob = ['status', 'plan', 'genome'] as const;
  const jobs = gauge('varloom_jobs', 'Jobs that have not ended, by status, plan of their owner, and genome.', ofJob);
  const oldestJob = gauge('varloom_jobs_oldest_seconds', 'For how long the oldest of them has this status.', ofJob);
  const moves = gauge('varloom_result_moves', 'Results on their way into the archive or back.', ['state']);
  const oldestMove = gauge('varloom_result_moves_oldest_seconds', 'For how long the oldest is under way.', ['state']);
  const restores = gauge('varloom_restores', 'Results that an upgrade brings back: waiting, or failed.', ['state']);
  const oldestRestore = gauge('varloom_restores_oldest_seconds', 'Since when the oldest was asked for.', ['state']);
  const reviews = gauge('varloom_reviews_waiting', 'Samples that wait for a reviewer of this level.', ['level']);
  const oldestReview = gauge('varloom_reviews_oldest_seconds', 'For how long the oldest waits.', ['level']);
  const overdue = gauge('varloom_reviews_overdue', 'Those that wait for longer than the escalation time.', ['level']);
  const deliveries = gauge('varloom_deliveries', 'Deliveries that are not released yet, by state.', ['state']);
  const oldestDelivery = gauge('varloom_deliveries_oldest_seconds', 'Since the oldest is ready, or was made.', [
    'state',
  ]);
  const messages = gauge('varloom_webhook_messages_pending', 'Messages to partners that are to be sent.');
  const oldestMessage = gauge('varloom_webhook_messages_oldest_seconds', 'For how long the oldest is pending.');
  const endpoints = gauge(
    'varloom_webhook_endpoints',
    'Endpoints of partners: active, failing, or disabled because they did not answer.',
    ['state'],
  );
  const outbox = gauge('varloom_outbox_events_waiting', 'Events that were not relayed; at most so many.');
  const oldestEvent = gauge('varloom_outbox_oldest_seconds', 'Age of the oldest event that was not relayed.');
  const relayed = gauge('varloom_outbox_relayed', '1 when events are relayed at all, 0 when nobody takes them.');
  const billing = gauge('varloom_billing_events_waiting', 'Events of the payment service that no saga was told of.');
  const oldestBilling = gauge('varloom_billing_events_oldest_seconds', 'Age of the oldest of them.');

  const forget = () => clear(all);
  return {
    name: 'backlog',
    lifeMs: BACKLOG_LIFE_MS,
    forget,
    async collect() {
      const found = await read();
      forget();
      // A zero is told as such: a series that is missing tells nothing.
      for (const status of ['PENDING', 'RUNNING']) {
        for (const plan of PLANS) for (const made of [jobs, oldestJob]) made.set({ status, plan, genome: '' }, 0);
      }
      for (const { status, plan, genome, ...row } of found.jobs) put(jobs, oldestJob, { status, plan, genome }, row);
      for (const state of ['archiving', 'restoring']) put(moves, oldestMove, { state }, NOTHING);
      for (const { state, ...row } of found.moves) put(moves, oldestMove, { state }, row);
      for (const state of ['waiting', 'failed']) put(restores, oldestRestore, { state }, NOTHING);
      for (const { state, ...row } of found.restores) put(restores, oldestRestore, { state }, row);
      for (const level of REVIEW_LEVELS) {
        const row = found.reviews.find((one) => one.level === level) ?? { ...NOTHING, overdue: 0 };
        put(reviews, oldestReview, { level }, row);
        overdue.set({ level }, row.overdue);
      }
      for (const state of ['in_review', 'ready', 'releasing']) put(deliveries, oldestDelivery, { state }, NOTHING);
      for (const { state, ...row } of found.deliveries) put(deliveries, oldestDelivery, { state }, row);
      put(messages, oldestMessage, {}, found.webhooks);
      for (const [state, count] of Object.entries(found.endpoints)) endpoints.set({ state }, count);
      put(outbox, oldestEvent, {}, found.outbox);
      relayed.set(found.outbox.isRelayed ? 1 : 0);
      put(billing, oldestBilling, {}, found.billingEvents);
    },
  };
}

const NOTHING = { count: 0, oldestSeconds: 0 };

function put<Label extends string>(
  counts: Gauge<Label>,
  ages: Gauge<Label>,
  labels: Partial<Record<Label, string>>,
  row: { count: number; oldestSeconds: number },
): void {
  counts.set(labels, row.count);
  ages.set(labels, row.oldestSeconds);
}

function endedCollector(registry: Registry, read: (since: string | undefined) => Promise<Ended>): Collector {
  const registers = [registry];
  const jobs = new Counter({
    name: 'varloom_jobs_ended_total',
    help: 'Jobs that ended since this gateway started; of the failed ones, whether the cause is the input or the service.',
    labelNames: ['status', 'plan', 'genome', 'cause'],
    registers,
  });
  const messages = new Counter({
    name: 'varloom_webhook_messages_ended_total',
    help: 'Messages to partners that ended since this gateway started: delivered, failed or cancelled.',
    labelNames: ['state'],
    registers,
  });
  for (const state of ['delivered', 'failed', 'cancelled']) messages.inc({ state }, 0);
  let until: string | undefined;
  return {
    name: 'ended',
    lifeMs: BACKLOG_LIFE_MS,
    // Counters stay: what ended meanwhile is counted at the next look.
    forget() {},
    async collect() {
      const found = await read(until);
      for (const { status, plan, genome, error, count } of found.jobs) {
        jobs.inc({ status, plan, genome, cause: status === 'FAILED' ? causeOf(error) : 'none' }, count);
      }
      for (const { state, count } of found.webhooks) messages.inc({ state }, count);
      until = found.until;
    },
  };
}

/** Who has to do something about it. */
function causeOf(error: string | null): 'input' | 'service' {
  return error !== null && isErrorType(error) && httpStatusOf(error) < 500 ? 'input' : 'service';
}

function stockCollector(registry: Registry, read: () => Promise<Stock>): Collector {
  const registers = [registry];
  const results = new Gauge({
    name: 'varloom_results',
    help: 'Results by where they are; looked at every five minutes.',
    labelNames: ['state'],
    registers,
  });
  const audit = new Gauge({
    name: 'varloom_audit_logs_uncheckpointed',
    help: 'Organizations whose audit log has entries older than two hours that no signed checkpoint covers.',
    registers,
  });
  const backup = new Gauge({
    name: 'varloom_last_backup_timestamp_seconds',
    help: 'The moment that the last whole backup holds, since 1970; 0 when none was ever taken.',
    registers,
  });
  const forget = () => clear([results, audit, backup]);
  return {
    name: 'stock',
    lifeMs: STOCK_LIFE_MS,
    forget,
    async collect() {
      const found = await read();
      forget();
      for (const { state, count } of found.results) results.set({ state }, count);
      audit.set(found.uncheckpointed.count);
      backup.set(found.lastBackup);
    },
  };
}
