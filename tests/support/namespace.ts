// A namespace of a test's own on the shared Temporal server, as the set-up of an installation leaves it.

import { randomUUID } from 'node:crypto';
import protocol from '@temporalio/proto';
import type { NativeConnection } from '@temporalio/worker';
import { vi } from 'vitest';
import { TASK_QUEUES } from '../../domain/queues.ts';
import { createLogger } from '../../process/log.ts';
import { ensureSearchAttributes } from '../../workers/search-attributes.ts';

const { Duration } = protocol.google.protobuf;

/** Answers its name. */
export async function makeNamespace(
  connection: Pick<NativeConnection, 'workflowService' | 'operatorService'>,
  purpose: string,
): Promise<string> {
  const namespace = `${purpose}-${randomUUID().slice(0, 8)}`;
  const workflowExecutionRetentionPeriod = Duration.fromObject({ seconds: 86_400 });
  await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod });
  // The server's parts learn of a namespace one by one.
  const taskQueue = { name: TASK_QUEUES.io };
  await vi.waitFor(() => connection.workflowService.describeTaskQueue({ namespace, taskQueue }), 30_000);
  await vi.waitFor(() => ensureSearchAttributes({ connection, namespace }, createLogger('test', 'warn')), 30_000);
  return namespace;
}
