// What workflows import as `@temporalio/workflow` when they run in the simulation (`vitest.config.ts` says so).

import { AsyncLocalStorage } from 'node:async_hooks';
import { ActivityFailure, CancelledFailure, ChildWorkflowFailure } from '@temporalio/common';
import { ContinueAsNew, type Workflow } from './execution.ts';
import { Simulation } from './simulation.ts';

export { ActivityFailure, ApplicationFailure, CancelledFailure, TimeoutFailure } from '@temporalio/common';
export { Scope as CancellationScope } from './scope.ts';
export { AsyncLocalStorage };

export const ActivityCancellationType = { TRY_CANCEL: 'TRY_CANCEL', WAIT_CANCELLATION_COMPLETED: 'WAIT' } as const;
export const ParentClosePolicy = { ABANDON: 'ABANDON' } as const;

const proxy = (isLocal: boolean) => (): Record<string, (input: unknown) => Promise<unknown>> =>
  new Proxy(
    {},
    { get: (_, name) => (input: unknown) => Simulation.here.simulation.callActivity(String(name), input, isLocal) },
  );
export const proxyActivities = proxy(false);
export const proxyLocalActivities = proxy(true);

const define = (kind: string) => (name: string) => ({ type: kind, name });
export const defineSignal = define('signal');
export const defineQuery = define('query');
export const defineUpdate = define('update');

export function setHandler(
  { name }: { name: string },
  handler: (...args: never[]) => unknown,
  { validator }: { validator?: (...args: never[]) => void } = {},
): void {
  const { run, simulation } = Simulation.here;
  run.handlers.set(name, handler);
  if (validator) run.validators.set(name, validator);
  for (const early of run.early.splice(0)) simulation.signal(run, early.name, early.args);
}

export function condition(isTrue: () => boolean, timeout?: number | string): Promise<boolean> {
  const { run, simulation } = Simulation.here;
  return simulation.wait<boolean>((resolve) => {
    const entry = { isTrue: () => simulation.inside(run, isTrue), go: () => resolve(true) };
    run.conditions.push(entry);
    if (timeout !== undefined) simulation.after(milliseconds(timeout), () => resolve(false));
    return () => void run.conditions.splice(run.conditions.indexOf(entry), 1);
  });
}

export function sleep(time: number | string): Promise<void> {
  const { simulation } = Simulation.here;
  return simulation.wait<void>((resolve) => {
    simulation.after(milliseconds(time), resolve);
    return () => {};
  });
}

interface ChildOptions {
  workflowId: string;
  args: unknown[];
}

export async function executeChild(workflow: Workflow, { workflowId, args }: ChildOptions): Promise<unknown> {
  const { end } = await Simulation.here.simulation.startChild(workflowId, workflow, args);
  return end;
}

export async function startChild(workflow: Workflow, { workflowId, args }: ChildOptions): Promise<void> {
  await Simulation.here.simulation.startChild(workflowId, workflow, args);
}

export function getExternalWorkflowHandle(id: string) {
  const { simulation } = Simulation.here;
  return {
    signal: ({ name }: { name: string }, ...args: unknown[]) =>
      simulation.wait<void>((resolve, reject) => {
        simulation.after(simulation.delayMs, () => {
          const run = simulation.running(id);
          if (!run) return reject(new Error('it does not run'));
          simulation.signal(run, name, args);
          resolve();
        });
        return () => {};
      }),
  };
}

export function continueAsNew(...args: unknown[]): Promise<never> {
  return Promise.reject(new ContinueAsNew(args));
}

export function workflowInfo() {
  const { run, simulation } = Simulation.here;
  const continueAsNewSuggested = run.commands > simulation.commandsPerRun;
  return { runId: run.runId, workflowId: run.id, continueAsNewSuggested, typedSearchAttributes: NONE };
}

export const allHandlersFinished = (): boolean => Simulation.here.run.activeHandlers === 0;

export function uuid4(): string {
  const { random } = Simulation.here.simulation;
  const digits = Array.from({ length: 12 }, () => random.below(16).toString(16)).join('');
  return `00000000-0000-4000-8000-${digits}`;
}

/** Nothing that began with earlier code is simulated. */
export const patched = (): boolean => true;

export const log = { info() {}, warn() {}, error() {} };

export function isCancellation(error: unknown): boolean {
  const isOfAnother = error instanceof ActivityFailure || error instanceof ChildWorkflowFailure;
  return error instanceof CancelledFailure || (isOfAnother && error.cause instanceof CancelledFailure);
}

function milliseconds(time: number | string): number {
  if (typeof time === 'number') return time;
  const [, amount = '', unit = ''] = /^(\d+) (second|minute|hour|day)s?$/.exec(time) ?? [];
  const seconds = { second: 1, minute: 60, hour: 3600, day: 86_400 }[unit];
  if (seconds === undefined) throw new Error(`not a time: ${time}`);
  return Number(amount) * seconds * 1000;
}

// ---- What operators see: of no consequence for what happens

export function setCurrentDetails(_details: string): void {}

const NONE = { get: () => undefined };

export function upsertSearchAttributes(_attributes: object): void {}
