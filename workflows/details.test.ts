// What each saga is at stands in its details, in plain words, until its end.

import { afterEach, expect, it } from 'vitest';
import { branches } from '../tests/replay/branches.ts';
import { createScheduledModel } from '../tests/replay/schedule-branches.ts';
import { startSagaWorkers, type SagaWorkers } from '../tests/support/models/saga-workers.ts';
import { createWorld } from '../tests/support/models/world.ts';

// What a saga leaves behind may keep the next one's time from skipping: each has a server of its own.
let saga: SagaWorkers | undefined;
afterEach(() => saga?.stop());

it.for([
  ['restore-polled', 'The result is copied back; the archived copy is removed'],
  ['webhook-delivered-after-retries', 'Attempt 4 to send the message'],
  ['webhook-given-up', 'No attempt is left: giving up'],
  ['erasure-of-a-result', 'Done'],
  ['subscription-upgraded', 'Done'],
  ['delivery-recalled', 'Called back: reviews are ended'],
] as const)('%s ends with: %s', async ([name, details]) => {
  const world = createWorld();
  const scheduled = createScheduledModel();
  saga = await startSagaWorkers({ ...world.activities, ...scheduled.activities });
  const handle = await branches[name]?.({ world, scheduled, environment: saga.environment });
  const told = await handle?.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
  expect(told?.currentDetails).toBe(details);
});
