// What a worker measures: its activities' failures, what the engine gets through, mail, messages to partners, and what the
// Temporal SDK measures of itself.

import { createServer, type AddressInfo } from 'node:net';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ActivityInterceptorsFactory, TelemetryOptions } from '@temporalio/worker';
import { Counter, Histogram, type Registry } from 'prom-client';
import type { AuditActivities } from '../activities/audit/activities.ts';
import type { EngineActivities } from '../activities/engine/activity.ts';
import type { Mailer } from '../activities/mail/mailer.ts';
import { isErrorType } from '../domain/errors.ts';
import { WEBHOOK_STATES, type WebhookState } from '../domain/partners.ts';
import { createMetrics, type Metrics } from '../process/metrics.ts';

export interface WorkerMetrics {
  metrics: Metrics;
  /** Counts failures by activity and kind. */
  interceptor: ActivityInterceptorsFactory;
  /** Each answers what it was given, with what is done counted. */
  engine(activities: EngineActivities): EngineActivities;
  mailer(mailer: Mailer): Mailer;
  audit(activities: AuditActivities): AuditActivities;
  /** Answers what counts attempts to tell partners. */
  webhookAttempts(): (state: WebhookState) => void;
}

export function createWorkerMetrics(processKind: string): WorkerMetrics {
  const metrics = createMetrics(processKind);
  const { registry } = metrics;
  return {
    metrics,
    interceptor: failureInterceptor(registry),
    // Made when they are asked for: a process has no metrics of what it does not do.
    engine: (activities) => measuredEngine(registry, activities),
    mailer: (mailer) => measuredMailer(registry, mailer),
    audit: (activities) => measuredAudit(registry, activities),
    webhookAttempts: () => webhookAttempts(registry),
  };
}

function failureInterceptor(registry: Registry): ActivityInterceptorsFactory {
  const failures = new Counter({
    name: 'varloom_activity_failures_total',
    help: 'Attempts of activities that failed, by activity and by the type of the failure.',
    labelNames: ['activity', 'type'],
    registers: [registry],
  });
  return ({ info: { activityType } }) => ({
    inbound: {
      execute: async (input, next) => {
        try {
          return await next(input);
        } catch (error) {
          failures.inc({ activity: activityType, type: typeOf(error) });
          throw error;
        }
      },
    },
  });
}

/** Of the closed set of `domain/errors.ts`; anything else is one of three words. */
function typeOf(error: unknown): string {
  if (error instanceof CancelledFailure) return 'cancelled';
  const type = error instanceof ApplicationFailure ? error.type : undefined;
  if (type === 'worker_shutdown') return type;
  return type != null && isErrorType(type) ? type : 'unexpected';
}

function measuredEngine(registry: Registry, activities: EngineActivities): EngineActivities {
  const labelNames = ['genome'] as const;
  const registers = [registry];
  const variants = new Counter({
    name: 'varloom_annotated_variants_total',
    help: 'Records of annotations that completed here.',
    labelNames,
    registers,
  });
  const bytesIn = new Counter({
    name: 'varloom_annotation_input_bytes_total',
    help: 'Size of the inputs of annotations that completed here, as uploaded.',
    labelNames,
    registers,
  });
  const bytesOut = new Counter({
    name: 'varloom_annotation_output_bytes_total',
    help: 'Size of what they put into the store: result, index, log, summary and provenance.',
    labelNames,
    registers,
  });
  const seconds = new Histogram({
    name: 'varloom_annotation_duration_seconds',
    help: 'From the start of an annotation here to the last of its files in the store.',
    labelNames,
    buckets: [0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 10_800, 21_600],
    registers,
  });
  const speed = new Histogram({
    name: 'varloom_annotation_variants_per_second',
    help: 'Records of an annotation over its duration.',
    labelNames,
    buckets: [100, 1_000, 5_000, 10_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_000_000],
    registers,
  });
  return {
    ...activities,
    'engine.input.annotate': async (input) => {
      const startedAt = performance.now();
      const output = await activities['engine.input.annotate'](input);
      const taken = (performance.now() - startedAt) / 1000;
      const { genome } = input;
      const files = [output.vcf, output.index, output.log, output.summary, output.provenance];
      variants.inc({ genome }, output.records);
      bytesIn.inc({ genome }, input.inputSizeBytes);
      bytesOut.inc(
        { genome },
        files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      );
      seconds.observe({ genome }, taken);
      speed.observe({ genome }, output.records / taken);
      return output;
    },
  };
}

function measuredMailer(registry: Registry, mailer: Mailer): Mailer {
  const messages = new Counter({
    name: 'varloom_mail_messages_total',
    help: 'Attempts to hand a message to the mail server: sent or failed.',
    labelNames: ['outcome'],
    registers: [registry],
  });
  for (const outcome of ['sent', 'failed']) messages.inc({ outcome }, 0);
  return {
    ...mailer,
    async send(message) {
      try {
        await mailer.send(message);
        messages.inc({ outcome: 'sent' });
      } catch (error) {
        messages.inc({ outcome: 'failed' });
        throw error;
      }
    },
  };
}

function measuredAudit(registry: Registry, activities: AuditActivities): AuditActivities {
  const written = new Counter({
    name: 'varloom_audit_checkpoints_total',
    help: 'Signed checkpoints of audit logs that were written here.',
    registers: [registry],
  });
  const faulty = new Counter({
    name: 'varloom_audit_logs_faulty_total',
    help: 'Audit logs that were found to be other than at their last checkpoint, at each run anew.',
    registers: [registry],
  });
  return {
    ...activities,
    'audit.checkpoint.write': async (input) => {
      const report = await activities['audit.checkpoint.write'](input);
      written.inc(report.written);
      faulty.inc(report.faulty.length);
      return report;
    },
  };
}

function webhookAttempts(registry: Registry): (state: WebhookState) => void {
  const attempts = new Counter({
    name: 'varloom_webhook_attempts_total',
    help: 'Attempts to tell a partner, by the state of the message after it. Pending: it was not taken, and another follows or it is given up.',
    labelNames: ['state'],
    registers: [registry],
  });
  for (const state of WEBHOOK_STATES) attempts.inc({ state }, 0);
  return (state) => attempts.inc({ state });
}

export interface SdkMetrics {
  options: TelemetryOptions;
  /** The text that the SDK exposes now. */
  read(): Promise<string>;
}

/** The SDK exposes its metrics on an address of its own: on loopback, where this process reads them. */
export async function openSdkMetrics(): Promise<SdkMetrics> {
  const bindAddress = `127.0.0.1:${await freePort()}`;
  return {
    options: {
      metrics: {
        prometheus: { bindAddress, countersTotalSuffix: true, unitSuffix: true, useSecondsForDurations: true },
      },
    },
    async read() {
      const answer = await fetch(`http://${bindAddress}/metrics`, { signal: AbortSignal.timeout(3_000) });
      if (!answer.ok) throw new Error(`the SDK's metrics answer ${answer.status}`);
      return answer.text();
    },
  };
}

/** The SDK takes a port, but does not say which it got when it may choose. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port: 0, host: '127.0.0.1' }, () => {
      const { port } = server.address() as AddressInfo; // of a server that listens on TCP, it is one
      server.close(() => resolve(port));
    });
  });
}
