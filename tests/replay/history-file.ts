// A workflow history as text that a person can read and compare.

import protocol from '@temporalio/proto';

const { History } = protocol.temporal.api.history.v1;
type History = protocol.temporal.api.history.v1.IHistory;

const MACHINE = new Set(['identity', 'stackTrace', 'binaryChecksum', 'workerVersion']);

export function writeHistory(history: History): string {
  const plain = History.toObject(History.fromObject(history), { bytes: String, enums: String, longs: String });
  // Who ran it and where is no part of what is replayed, and does not belong into the repository.
  return `${JSON.stringify(plain, (name, value: unknown) => (MACHINE.has(name) ? undefined : value), 1)}\n`;
}

export function readHistory(text: string): History {
  return History.fromObject(JSON.parse(text));
}
