// What Temporal says of our task queues and Schedules: how much waits in a queue and for how long, who listens there, and
// when each Schedule last did its work.

import { ScheduleNotFoundError, type Client } from '@temporalio/client';
import protocol from '@temporalio/proto';
import { Gauge, type Registry } from 'prom-client';
import { scheduleIds } from '../domain/ids.ts';
import { TASK_QUEUES } from '../domain/queues.ts';
import { clear, type Collector } from '../process/metrics.ts';

const QUEUES_LIFE_MS = 10_000;
const SCHEDULES_LIFE_MS = 30_000;
const CALL_TIMEOUT_MS = 4_000;
const { TaskQueueType } = protocol.temporal.api.enums.v1;

/** A poller that was heard of within this time still listens: a poll is held open for a minute. */
const POLLER_LIFE_MS = 90_000;

/** Each queue holds tasks of one kind. */
const queues = [
  { queue: TASK_QUEUES.orchestration, type: TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW },
  { queue: TASK_QUEUES.io, type: TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY },
  { queue: TASK_QUEUES.engine, type: TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY },
] as const;

export function createTaskQueueCollector(registry: Registry, client: Client): Collector {
  const registers = [registry];
  const labelNames = ['task_queue'] as const;
  const backlog = new Gauge({
    name: 'varloom_task_queue_backlog',
    help: 'Tasks that wait for a worker, as Temporal estimates it.',
    labelNames,
    registers,
  });
  const age = new Gauge({
    name: 'varloom_task_queue_backlog_oldest_seconds',
    help: 'For how long the oldest of them waits.',
    labelNames,
    registers,
  });
  const pollers = new Gauge({
    name: 'varloom_task_queue_pollers',
    help: 'Workers that listen to the queue.',
    labelNames,
    registers,
  });
  const forget = () => clear([backlog, age, pollers]);
  const lookAt = async ({ queue, type }: (typeof queues)[number]) => {
    const { pollers: heard, stats } = await client.workflowService.describeTaskQueue({
      namespace: client.options.namespace,
      taskQueue: { name: queue },
      taskQueueType: type,
      reportStats: true,
    });
    const now = Date.now();
    const listening = heard.filter(({ lastAccessTime }) => now - 1000 * secondsOf(lastAccessTime) < POLLER_LIFE_MS);
    return () => {
      backlog.set({ task_queue: queue }, Number(stats?.approximateBacklogCount ?? 0));
      age.set({ task_queue: queue }, secondsOf(stats?.approximateBacklogAge));
      pollers.set({ task_queue: queue }, listening.length);
    };
  };
  return {
    name: 'task_queues',
    lifeMs: QUEUES_LIFE_MS,
    forget,
    collect: () => lookAtAll(client, queues, lookAt, forget),
  };
}

export function createScheduleCollector(registry: Registry, client: Client): Collector {
  const registers = [registry];
  const lastAction = new Gauge({
    name: 'varloom_schedule_last_action_timestamp_seconds',
    help: 'When the Schedule last started its workflow, in Unix time; when it was made, if it never did.',
    labelNames: ['schedule'],
    registers,
  });
  const paused = new Gauge({
    name: 'varloom_schedule_paused',
    help: '1 while somebody has paused the Schedule.',
    labelNames: ['schedule'],
    registers,
  });
  const forget = () => clear([lastAction, paused]);
  const lookAt = async (schedule: string) => {
    try {
      const { info, state } = await client.schedule.getHandle(schedule).describe();
      const last = info.recentActions.at(-1)?.takenAt ?? info.createdAt;
      return () => {
        lastAction.set({ schedule }, last.getTime() / 1000);
        paused.set({ schedule }, state.paused ? 1 : 0);
      };
    } catch (error) {
      // Before the first orchestration worker has started there is none.
      if (error instanceof ScheduleNotFoundError) return () => {};
      throw error;
    }
  };
  return {
    name: 'schedules',
    lifeMs: SCHEDULES_LIFE_MS,
    forget,
    collect: () => lookAtAll(client, Object.values(scheduleIds), lookAt, forget),
  };
}

/** All of them or none: half a picture would look like a change. */
async function lookAtAll<Subject>(
  client: Client,
  subjects: readonly Subject[],
  lookAt: (subject: Subject) => Promise<() => void>,
  forget: () => void,
): Promise<void> {
  const found = await client.withDeadline(Date.now() + CALL_TIMEOUT_MS, () => Promise.all(subjects.map(lookAt)));
  forget();
  for (const put of found) put();
}

/** Of a protobuf Timestamp or Duration. */
function secondsOf(time: { seconds?: unknown; nanos?: number | null } | null | undefined): number {
  return Number(time?.seconds ?? 0) + (time?.nanos ?? 0) / 1e9;
}
