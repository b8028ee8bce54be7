// How a saga asks Postgres for a decision.

import { CancellationScope } from '@temporalio/workflow';

/** Once a decision is asked for, its answer is waited for: cancelled half-way, we would not know whether it holds. */
export function decided<T>(decision: () => Promise<T>): Promise<T> {
  return CancellationScope.nonCancellable(decision);
}
