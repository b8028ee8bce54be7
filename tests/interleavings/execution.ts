// One execution of a workflow in the simulation.

import type { Scope } from './scope.ts';

// Workflows differ in what they take and answer; who starts one knows.
export type Workflow = (...args: never[]) => Promise<unknown>;
export type Handler = (...args: never[]) => unknown;

/** Thrown by a run that goes on in a new one. */
export class ContinueAsNew extends Error {
  readonly args: unknown[];
  constructor(args: unknown[]) {
    super('continue as new');
    this.args = args;
  }
}

export interface Run {
  readonly id: string;
  readonly runId: string;
  readonly workflow: Workflow;
  readonly scope: Scope;
  readonly handlers: Map<string, Handler>;
  readonly validators: Map<string, Handler>;
  /** Signals that came before their handler. */
  readonly early: { name: string; args: unknown[] }[];
  readonly conditions: { isTrue: () => boolean; go: () => void }[];
  activeHandlers: number;
  commands: number;
  end: { isDone: boolean; failure?: unknown; result?: unknown };
  readonly onEnd: (() => void)[];
}
