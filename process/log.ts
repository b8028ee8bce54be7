// Logs: JSON lines on stdout, with who acts and for which request, workflow and trace. A line holds what is on the list of
// `log-fields.ts` and nothing else, so that a careless `logger.info({ job })` tells nothing of a person.

import { AsyncLocalStorage } from 'node:async_hooks';
import { trace } from '@opentelemetry/api';
import { pino, type DestinationStream, type Logger, type LoggerOptions } from 'pino';
import { describeError } from './log-errors.ts';
import { allowed } from './log-fields.ts';

export type { Logger } from 'pino';

/** What every line says that is written while some work is done. */
export interface LogContext {
  requestId?: string | undefined;
  /** As audit rows name it: an id, no name of a person. */
  principalId?: string | undefined;
  workflowId?: string | undefined;
  runId?: string | undefined;
  /** The activity's type. */
  activity?: string | undefined;
  attempt?: number | undefined;
}

const contexts = new AsyncLocalStorage<LogContext>();

/** Lines that are written within `work` say this too. */
export function withLogContext<T>(context: LogContext, work: () => T): T {
  return contexts.run({ ...contexts.getStore(), ...context }, work);
}

/** Adds what became known half-way to the context of the work that is being done. */
export function addToLogContext(context: LogContext): void {
  const current = contexts.getStore();
  if (current) Object.assign(current, context);
}

/** `destination`: stdout, unless a test says otherwise. */
export function createLogger(name: string, level: string, destination?: DestinationStream): Logger {
  const told = new Set<string>();
  const logger: Logger = pino(
    {
      name,
      level,
      mixin: () => ({ ...contexts.getStore(), ...activeTrace() }),
      formatters: {
        level: (label) => ({ level: label }),
        bindings: (fields) => allowed(fields).fields,
        log: (given) => {
          const { fields, leftOut } = allowed(given);
          const unknown = leftOut.filter((field) => !told.has(field));
          for (const field of unknown) told.add(field);
          // Once a process: it is a fault of the code, to be found by who changes it.
          if (unknown.length > 0) logger.debug({ leftOut: unknown }, 'fields that may not be logged were left out');
          return fields;
        },
      },
      hooks: { logMethod: withoutValues },
      serializers: { err: (error: unknown) => describeError(error) },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    destination,
  );
  // Pino does not ask `formatters.bindings` for children.
  const { child } = logger;
  return Object.assign(logger, {
    child(this: Logger, bindings: Record<string, unknown>) {
      return child.call(this, allowed(bindings).fields);
    },
  });
}

/** `msg` is what our code says; values would be put into it at run time, past the list. So would an error's message. */
const withoutValues: NonNullable<NonNullable<LoggerOptions['hooks']>['logMethod']> = function (given, method) {
  const [first, message]: unknown[] = given;
  if (typeof first === 'string') method.apply(this, [first]);
  else {
    const fields = first instanceof Error ? { err: first } : first;
    method.apply(this, [fields, typeof message === 'string' ? message : '']);
  }
};

function activeTrace(): { traceId?: string; spanId?: string } {
  const { traceId, spanId } = trace.getActiveSpan()?.spanContext() ?? {};
  return traceId === undefined || spanId === undefined ? {} : { traceId, spanId };
}
