// A result in an open delivery is held: nothing archives, replaces or erases it.

import { and, eq, or, sql } from 'drizzle-orm';
import type { JobId } from '../domain/ids.ts';
import type { Transaction } from './client.ts';
import { deliverySamples, jobs, samples } from './schema/index.ts';

/** Called in the transaction that would move the result, which has locked the job. */
export async function isHeld(tx: Transaction, id: JobId): Promise<boolean> {
  const [held] = await tx
    .select({ sampleId: deliverySamples.sampleId })
    .from(deliverySamples)
    .innerJoin(samples, eq(samples.sampleId, deliverySamples.sampleId))
    .where(and(eq(deliverySamples.isOpen, true), or(eq(samples.jobId, id), eq(deliverySamples.pendingJobId, id))))
    .limit(1);
  return held !== undefined;
}

/** The same as a condition on a row of `jobs`. */
export const isHeldJob = sql`exists (
  select from ${deliverySamples} join ${samples} on ${samples.sampleId} = ${deliverySamples.sampleId}
  where ${deliverySamples.isOpen} and (${samples.jobId} = ${jobs.jobId} or ${deliverySamples.pendingJobId} = ${jobs.jobId}))`;
