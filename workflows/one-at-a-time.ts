// Local activities, one after the other. Of two at once, a worker that replays a history may hear the answers in another
// order than they came in, and then the workflow decides otherwise than it did: a saga and its handlers must not ask together.

import { workflowInfo } from '@temporalio/workflow';

/** Who waits, by the run that asks; a run is there while one of its activities runs. */
const queues = new Map<string, (() => void)[]>();

/** The same activities; within one run, each begins when the one before it has ended. */
export function oneAtATime<Activities extends object>(activities: Activities): Activities {
  return new Proxy(activities, {
    get(target, name) {
      // Every member of a proxy of activities is a function of that kind; each keeps its own input and output.
      const act = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>;
      return (...args: unknown[]) => inTurn(workflowInfo().runId, () => act(...args));
    },
  });
}

async function inTurn<T>(runId: string, act: () => Promise<T>): Promise<T> {
  const queue = queues.get(runId);
  if (queue) await new Promise<void>((go) => queue.push(go));
  else queues.set(runId, []);
  try {
    return await act();
  } finally {
    const next = queues.get(runId)?.shift();
    if (next) next();
    else queues.delete(runId);
  }
}
