// A Temporal client whose payloads are encrypted, whose calls carry the principal, and the trace, and whose sagas show
// operators what they are.

import { AsyncLocalStorage } from 'node:async_hooks';
import { Client, Connection, type WorkflowClientInterceptor } from '@temporalio/client';
import { OpenTelemetryWorkflowClientInterceptor } from '@temporalio/interceptors-opentelemetry';
import protocol from '@temporalio/proto';
import type { Principal } from '../domain/principal.ts';
import type { TemporalConnection } from './connection.ts';
import { createDataConverter } from './data-converter.ts';
import type { PayloadKeys } from './payload-keys.ts';
import { withPrincipalHeader } from './principal-header.ts';
import { organizationOf, shownAtStart, type StartOptions } from './shown-at-start.ts';
import { taskTimeoutSeconds } from './task-timeout.ts';

const { Duration } = protocol.google.protobuf;

const acting = new AsyncLocalStorage<Principal>();

/** Calls made within `work` go out in the name of `principal`. */
export function actingAs<T>(principal: Principal, work: () => Promise<T>): Promise<T> {
  return acting.run(principal, work);
}

const principalInterceptor: WorkflowClientInterceptor = {
  start: (input, next) => next({ ...input, headers: named(input.headers) }),
  startWithDetails: (input, next) => next({ ...input, headers: named(input.headers) }),
  signal: (input, next) => next({ ...input, headers: named(input.headers) }),
  signalWithStart: (input, next) => next({ ...input, headers: named(input.headers) }),
  startUpdate: (input, next) => next({ ...input, headers: named(input.headers) }),
  startUpdateWithStart: (input, next) =>
    next({
      ...input,
      workflowStartHeaders: named(input.workflowStartHeaders),
      updateHeaders: named(input.updateHeaders),
    }),
};

function named(headers: Parameters<typeof withPrincipalHeader>[0]) {
  const principal = acting.getStore();
  return principal ? withPrincipalHeader(headers, principal) : headers;
}

const startInterceptor: WorkflowClientInterceptor = {
  start: (input, next) => next({ ...input, options: started(input.workflowType, input.options) }),
  startWithDetails: (input, next) => next({ ...input, options: started(input.workflowType, input.options) }),
  signalWithStart: (input, next) => next({ ...input, options: started(input.workflowType, input.options) }),
  startUpdateWithStart: (input, next) =>
    next({ ...input, workflowStartOptions: started(input.workflowType, input.workflowStartOptions) }),
};

const started = <Options extends StartOptions>(workflowType: string, options: Options): Options => ({
  ...shownAtStart(workflowType, options, organizationOf(acting.getStore())),
  ...taskTimeout(workflowType),
});

/** As the server takes it: the client has compiled the options by now. */
function taskTimeout(workflowType: string) {
  const seconds = taskTimeoutSeconds(workflowType);
  return seconds === undefined ? {} : { workflowTaskTimeout: Duration.fromObject({ seconds }) };
}

export interface TemporalOptions extends TemporalConnection {
  namespace: string;
  keys: PayloadKeys;
  /** Whether this process traces: its calls then carry the trace on. */
  isTraced?: boolean;
}

/** Connects lazily: a gateway may start before Temporal answers, and says so in its readiness. */
export function createTemporalClient({ namespace, keys, isTraced = false, ...server }: TemporalOptions): Client {
  return new Client({
    connection: Connection.lazy(server),
    namespace,
    dataConverter: createDataConverter(keys, 'refuse'),
    interceptors: {
      workflow: [
        ...(isTraced ? [new OpenTelemetryWorkflowClientInterceptor()] : []),
        principalInterceptor,
        startInterceptor,
      ],
    },
  });
}
