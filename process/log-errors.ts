// What a log line may say of an error. A message quotes what it complains of: the address that a mail bounced from, the row
// that Postgres refused, the body that is no JSON. So messages are left out, but for those that are made here or known.

import { BadSettings } from './settings.ts';

export interface DescribedError {
  /** Of an expected error its type, of any other its name. */
  type: string;
  code?: string | number;
  message?: string;
  /** Where, the innermost frame first. */
  at?: string[];
  cause?: DescribedError;
}

/** Errors whose messages name settings, and never their values. */
const TELLING: readonly (new (...given: never[]) => Error)[] = [BadSettings];

const FRAMES_LIMIT = 8;
const CAUSES_LIMIT = 4;

/** A word of some closed set: a class, a code, a system call. Addresses, rows and sentences do not look so. */
const WORD = /^\w[\w.-]{0,79}$/;

/** A frame of V8 with its place; a line of a message that begins with "at" has none. */
const FRAME = /^\s+at (?:[\w$.<>[\] #*]{1,200} \()?(?:file:\/\/|node:|\/)[^\s()]+:\d+:\d+\)?$/;

export function describeError(error: unknown, depth = 0): DescribedError {
  if (!(error instanceof Error)) return { type: typeof error };
  const type = ('type' in error ? wordOf(error.type) : undefined) ?? wordOf(error.name) ?? 'Error';
  const code = 'code' in error ? codeOf(error.code) : undefined;
  const message = messageOf(error);
  return {
    type,
    ...(code === undefined ? {} : { code }),
    ...(message === undefined ? {} : { message }),
    at: framesOf(error),
    ...(error.cause !== undefined && depth < CAUSES_LIMIT ? { cause: describeError(error.cause, depth + 1) } : {}),
  };
}

function messageOf(error: Error): string | undefined {
  if (TELLING.some((known) => error instanceof known)) return error.message;
  // Of the system: its own message may name a host or a file.
  const code = 'code' in error ? wordOf(error.code) : undefined;
  const call = 'syscall' in error ? wordOf(error.syscall) : undefined;
  return code !== undefined && call !== undefined && /^E[A-Z0-9_]+$/.test(code) ? `${call} ${code}` : undefined;
}

function framesOf({ stack = '', message }: Error): string[] {
  // The stack begins with the message, which may have lines of any form.
  const end = stack.indexOf(message);
  const frames = end === -1 ? stack : stack.slice(end + message.length);
  return frames
    .split('\n')
    .filter((line) => FRAME.test(line))
    .slice(0, FRAMES_LIMIT)
    .map((line) => line.trim());
}

function codeOf(value: unknown): string | number | undefined {
  return typeof value === 'number' ? value : wordOf(value);
}

function wordOf(value: unknown): string | undefined {
  return typeof value === 'string' && WORD.test(value) ? value : undefined;
}
