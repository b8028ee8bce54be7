// A workflow history as text that a person can read and compare.

import protocol from '@temporalio/proto';

const { History } = protocol.temporal.api.history.v1;
type History = protocol.temporal.api.history.v1.IHistory;

const MACHINE = new Set(['identity', 'stackTrace', 'binaryChecksum', 'workerVersion']);

/** With the id of its workflow, which some workflows decide by. */
export function writeHistory(history: History, workflowId: string): string {
  const plain = History.toObject(History.fromObject(history), { bytes: String, enums: String, longs: String });
  // Who ran it and where is no part of what is replayed, and does not belong into the repository.
  return `${JSON.stringify({ workflowId, ...plain }, (name, value: unknown) => (MACHINE.has(name) ? undefined : value), 1)}\n`;
}

export function readHistory(text: string): History {
  return History.fromObject(JSON.parse(text));
}

/** Undefined where it was not recorded. */
export function workflowIdOf(text: string): string | undefined {
  const { workflowId }: { workflowId?: string } = JSON.parse(text);
  return workflowId;
}
