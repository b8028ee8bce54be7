// How long a worker may take over one workflow task. A saga that waits for days comes to a worker that has nothing of it: its first task
// there replays the whole history, step by step, each waiting its turn behind the steps of other sagas. On a machine with too
// much to do that took 12 s for 16 steps. What is not done in time is begun again from the first event on, and is late again.

/** The workflows of which a task may find a long history: a test holds this to those that go on with a newer version. */
export const WAITING = [
  'deliverWebhook',
  'deliveryReview',
  'restoreResult',
  'reviewSample',
  'upgradeThenRestore',
] as const;

/** Temporal's default of 10 s is what a saga stands still for when its worker is killed: the others keep to it. */
const WAITING_SECONDS = 30;

const waiting: ReadonlySet<string> = new Set(WAITING);

/** For the start of such a workflow; undefined leaves Temporal's default. A run that goes on as a new one keeps it. */
export const taskTimeoutSeconds = (workflowType: string): number | undefined =>
  waiting.has(workflowType) ? WAITING_SECONDS : undefined;
