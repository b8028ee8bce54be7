// Messages to partners on skipped time: when they are tried again, for how long, and what ends it.

import { Client } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { workflowIds } from '../../domain/ids.ts';
import { WEBHOOK_RETRY_SECONDS } from '../../domain/partners.ts';
import { TASK_QUEUES } from '../../domain/queues.ts';
import {
  createMemoryWebhooks,
  type MemoryMessage,
  type MemoryWebhooks,
} from '../../tests/support/models/memory-webhooks.ts';
import { startSagaWorkers, type SagaWorkers } from '../../tests/support/models/saga-workers.ts';
import type { tendWebhooks } from '../tend-webhooks/workflow.ts';
import { DELIVER_WEBHOOK, sendNowSignal } from './messages.ts';
import type { deliverWebhook } from './workflow.ts';

const HOUR = 3600;
let saga: SagaWorkers;
let model: MemoryWebhooks;
beforeAll(async () => {
  model = createMemoryWebhooks(() => saga.environment.currentTimeMs());
  saga = await startSagaWorkers(model.activities);
});
afterAll(() => saga.stop());

const workflows = () => saga.environment.client.workflow;
const handleOf = ({ messageId }: MemoryMessage) =>
  workflows().getHandle<typeof deliverWebhook>(workflowIds.webhook(messageId));
const start = ({ messageId }: MemoryMessage) =>
  workflows().start<typeof deliverWebhook>(DELIVER_WEBHOOK, {
    workflowId: workflowIds.webhook(messageId),
    taskQueue: TASK_QUEUES.orchestration,
    args: [{ messageId }],
  });
/** As the gateway does it. */
const sendNow = ({ messageId }: MemoryMessage) =>
  workflows().signalWithStart<typeof deliverWebhook>(DELIVER_WEBHOOK, {
    workflowId: workflowIds.webhook(messageId),
    taskQueue: TASK_QUEUES.orchestration,
    args: [{ messageId }],
    signal: sendNowSignal,
    signalArgs: [],
  });
const waitsOf = ({ attemptsAtMs }: MemoryMessage) =>
  attemptsAtMs.slice(1).map((atMs, index) => (atMs - (attemptsAtMs[index] ?? 0)) / 1000);
/** Each wait is the one of the schedule, or up to a tenth longer, and then as long as an activity takes to start on a busy machine. */
const expectWaits = (message: MemoryMessage, expected: readonly number[]) => {
  const waits = waitsOf(message);
  expect(waits).toHaveLength(expected.length);
  for (const [index, seconds] of expected.entries()) {
    expect(waits[index]).toBeGreaterThanOrEqual(seconds - 1);
    expect(waits[index]).toBeLessThan(seconds * 1.1 + 20);
  }
};

describe('a message', () => {
  it('that is taken is sent once', async () => {
    const message = model.add(() => 'takes');
    expect(await (await start(message)).result()).toBe('delivered');
    expect(message.attemptsAtMs).toHaveLength(1);
  });

  it('that nobody takes is tried ten times over three days, and then given up', async () => {
    const message = model.add(() => 'fails');
    expect(await (await start(message)).result()).toBe('failed');
    expect(message.state).toBe('failed');
    expectWaits(message, WEBHOOK_RETRY_SECONDS);
    const totalHours = waitsOf(message).reduce((sum, seconds) => sum + seconds, 0) / HOUR;
    expect(totalHours).toBeGreaterThan(3 * 24);
    expect(totalHours).toBeLessThan(3.6 * 24);
  });

  it('that is taken in the end is delivered then', async () => {
    const message = model.add((attempt) => (attempt < 5 ? 'fails' : 'takes'));
    expect(await (await start(message)).result()).toBe('delivered');
    expectWaits(message, WEBHOOK_RETRY_SECONDS.slice(0, 4));
  });

  it('does not wait as long as another that failed with it', async () => {
    const waits = new Set<number>();
    for (let messages = 0; messages < 4; messages++) {
      const message = model.add((attempt) => (attempt < 4 ? 'fails' : 'takes'));
      expect(await (await start(message)).result()).toBe('delivered');
      waits.add(Math.round(waitsOf(message).at(-1) ?? 0));
    }
    expect(waits.size).toBeGreaterThan(1);
  });

  it('whose receiver asks for patience waits as long, and never less than it would have', async () => {
    const message = model.add((attempt) =>
      attempt === 1 ? { retryAfterSeconds: 2 * HOUR } : attempt === 2 ? { retryAfterSeconds: 1 } : 'takes',
    );
    expect(await (await start(message)).result()).toBe('delivered');
    expectWaits(message, [2 * HOUR, 300]);
  });

  it('whose endpoint is gone ends at once', async () => {
    const message = model.add((attempt) => (attempt === 1 ? 'fails' : 'is gone'));
    expect(await (await start(message)).result()).toBe('cancelled');
    expect(message.attemptsAtMs).toHaveLength(2);
  });

  it('whose endpoint was disabled while it waited ends with its next attempt, which is none', async () => {
    const message = model.add(() => {
      message.state = 'cancelled';
      return { retryAfterSeconds: HOUR };
    });
    // The model answers the state of before: as when it is cancelled just after the attempt.
    const handle = await start(message);
    expect(await handle.result()).toBe('cancelled');
    expect(message.attemptsAtMs).toHaveLength(1);
  });

  it('that is a test is tried once: somebody waits for the outcome', async () => {
    const message = model.add(() => 'fails', { isTest: true });
    expect(await (await start(message)).result()).toBe('failed');
    expect(message.attemptsAtMs).toHaveLength(1);
  });

  it('is sent although our own database fails for a while', async () => {
    model.faults = 4;
    const message = model.add(() => 'takes');
    expect(await (await start(message)).result()).toBe('delivered');
    expect(message.attemptsAtMs).toHaveLength(1);
  });
});

describe('a person who has it sent again', () => {
  it('wakes it where it waits, and its schedule begins anew', async () => {
    const message = model.add((attempt) => (attempt < 8 ? 'fails' : 'takes'));
    const handle = await start(message);
    // The fifth attempt is hours away.
    await saga.environment.sleep('3 hours');
    expect(message.attemptsAtMs).toHaveLength(5);
    await sendNow(message);
    await expect.poll(() => message.attemptsAtMs.length).toBe(6);
    expect(await handle.result()).toBe('delivered');
    expectWaits({ ...message, attemptsAtMs: message.attemptsAtMs.slice(5) }, WEBHOOK_RETRY_SECONDS.slice(0, 2));
  });

  it('starts it again after it was given up', async () => {
    const message = model.add((attempt) => (attempt <= 10 ? 'fails' : 'takes'));
    expect(await (await start(message)).result()).toBe('failed');
    model.reopen(message);
    await sendNow(message);
    expect(await handleOf(message).result()).toBe('delivered');
    expect(message.attemptsAtMs).toHaveLength(11);
  });
});

describe('the Schedule', () => {
  it('starts what nobody has started, and what waits again, each once', async () => {
    const [fresh, again, running] = [model.add(() => 'takes'), model.add(() => 'takes'), model.add(() => 'fails')];
    expect(await (await start(again)).result()).toBe('delivered');
    model.reopen(again);
    // From here on no time is skipped, which the server could not do any more once a child has outlived its parent: this
    // client lets none pass while it waits.
    const { connection, options } = saga.environment.client;
    const { workflow } = new Client({ connection, namespace: options.namespace });
    const tend = () =>
      workflow.execute<typeof tendWebhooks>('tendWebhooks', {
        workflowId: `tend-webhooks-${crypto.randomUUID()}`,
        taskQueue: TASK_QUEUES.orchestration,
      });
    const outcomeOf = ({ messageId }: MemoryMessage) =>
      workflow.getHandle<typeof deliverWebhook>(workflowIds.webhook(messageId)).result();

    await start(running);
    model.untended = [fresh, again, running];
    expect(await tend()).toEqual({ found: 3, started: 2, told: 0 });
    expect(await outcomeOf(fresh)).toBe('delivered');
    expect(await outcomeOf(again)).toBe('delivered');
    expect(again.attemptsAtMs).toHaveLength(2);
    running.receiver = () => 'takes';
    await sendNow(running);
    expect(await outcomeOf(running)).toBe('delivered');
    expect(await tend()).toEqual({ found: 0, started: 0, told: 0 });
  });
});
