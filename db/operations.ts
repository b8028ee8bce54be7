// What an operator watches: how much there is, by state, over all organizations.

import { count, eq, sql } from 'drizzle-orm';
import type { Principal } from '../domain/principal.ts';
import type { Database } from './client.ts';
import { deliveries, jobs, webhookMessages } from './schema/index.ts';

export interface OperationCounts {
  jobs: Record<string, number>;
  deliveries: Record<string, number>;
  webhooks: Record<string, number>;
  /** Null when none is pending. */
  oldestPendingWebhookSeconds: number | null;
}

/** `principal` must be the system: anyone else sees their own organization only. */
export async function countOperations(database: Database, principal: Principal): Promise<OperationCounts> {
  return database.read(principal, async (tx) => {
    const ofJobs = await tx.select({ state: jobs.status, count: count() }).from(jobs).groupBy(jobs.status);
    const ofDeliveries = await tx
      .select({ state: deliveries.state, count: count() })
      .from(deliveries)
      .groupBy(deliveries.state);
    const ofMessages = await tx
      .select({ state: webhookMessages.state, count: count() })
      .from(webhookMessages)
      .groupBy(webhookMessages.state);
    const [oldest] = await tx
      .select({
        seconds: sql<number | null>`extract(epoch from now() - min(${webhookMessages.createdAt}))::int`,
      })
      .from(webhookMessages)
      .where(eq(webhookMessages.state, 'pending'));
    return {
      jobs: byState(ofJobs),
      deliveries: byState(ofDeliveries),
      webhooks: byState(ofMessages),
      oldestPendingWebhookSeconds: oldest?.seconds ?? null,
    };
  });
}

const byState = (rows: { state: string; count: number }[]): Record<string, number> =>
  Object.fromEntries(rows.map((row) => [row.state, row.count]));
