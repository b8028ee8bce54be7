// How an act on the store that may take long is run: it heartbeats, hears of cancellation, and its expected errors are
// not retried.

import { Context } from '@temporalio/activity';
import { toFailure } from '../../temporal/failures.ts';

const HEARTBEAT_MS = 5_000;

export async function alive<T>(act: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const context = Context.current();
  const heartbeat = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
  try {
    return await act(context.cancellationSignal);
  } catch (error) {
    throw toFailure(error);
  } finally {
    clearInterval(heartbeat);
  }
}
