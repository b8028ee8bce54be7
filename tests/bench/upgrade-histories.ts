// How long the histories of an upgrade have become, as the server counts them.

import { Client, Connection, type WorkflowExecutionDescription } from '@temporalio/client';
import postgres from 'postgres';
import { setTimeout as pause } from 'node:timers/promises';
import { userId, workflowIds, type JobId } from '../../domain/ids.ts';
import type { BenchStack } from './bench-stack.ts';

export interface HistoryExtent {
  events: number;
  megabytes: number;
}

export interface UpgradeHistories {
  /** Of every run of `subscription/<userId>`, the first first. */
  upgrade: HistoryExtent[];
  /** Of one `restore/<jobId>`. */
  restore: HistoryExtent;
}

const END_LIMIT_MS = 60_000;
const POLL_MS = 200;

/** Waits until the user's saga has ended. */
export async function historiesOf(
  { stack }: BenchStack,
  email: string,
  restored: JobId | undefined,
): Promise<UpgradeHistories> {
  if (restored === undefined) throw new Error('nothing was restored');
  const workflowId = workflowIds.subscription(userId(await userIdOf(stack.database, email)));
  const connection = await Connection.connect({ address: stack.temporal.address });
  try {
    const { workflow } = new Client({ connection, namespace: stack.temporal.namespace });
    const deadline = AbortSignal.timeout(END_LIMIT_MS);
    for (;;) {
      const last = await workflow.getHandle(workflowId).describe();
      const runs: string[] = [];
      // The list may be a moment behind; runs are listed in the order in which they began.
      for await (const { runId } of workflow.list({ query: `WorkflowId = '${workflowId}'` })) runs.push(runId);
      if (last.closeTime && runs.includes(last.runId)) {
        const described = await Promise.all(runs.map((runId) => workflow.getHandle(workflowId, runId).describe()));
        const restore = await workflow.getHandle(workflowIds.restore(restored)).describe();
        const inOrder = described.toSorted((a, b) => a.startTime.getTime() - b.startTime.getTime());
        return { upgrade: inOrder.map(extentOf), restore: extentOf(restore) };
      }
      deadline.throwIfAborted();
      await pause(POLL_MS);
    }
  } finally {
    await connection.close();
  }
}

function extentOf({ historyLength, historySize }: WorkflowExecutionDescription): HistoryExtent {
  if (historySize === undefined) throw new Error('the server does not tell the size of a history');
  return { events: historyLength, megabytes: historySize / 1e6 };
}

async function userIdOf(database: string, email: string): Promise<string> {
  const owner = postgres(database, { max: 1, onnotice: () => {} });
  try {
    const [row] = await owner<{ user_id: string }[]>`select user_id from users where email = ${email}`;
    if (!row) throw new Error(`there is no user ${email}`);
    return row.user_id;
  } finally {
    await owner.end({ timeout: 5 });
  }
}
