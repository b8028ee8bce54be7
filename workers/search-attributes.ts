// The search attributes that sagas set, registered with the namespace before workers start.

import type { Connection } from '@temporalio/client';
import protocol from '@temporalio/proto';
import { SEARCH_ATTRIBUTES } from '../domain/search-attributes.ts';
import type { Logger } from '../process/main.ts';
import { GRPC, grpcStatusOf } from '../temporal/grpc-status.ts';

const { INDEXED_VALUE_TYPE_KEYWORD } = protocol.temporal.api.enums.v1.IndexedValueType;

/**
 * Registers what is missing. Where this program may neither list nor register, it says so and takes them for registered.
 * @throws Error naming what is missing, where this program sees that and may not register it: no saga could go on
 */
export async function ensureSearchAttributes(
  { connection, namespace }: { connection: Pick<Connection, 'operatorService'>; namespace: string },
  logger: Logger,
): Promise<void> {
  const { operatorService } = connection;
  const listed = await unlessRefused(() => operatorService.listSearchAttributes({ namespace }));
  const missing = SEARCH_ATTRIBUTES.filter((name) => listed?.customAttributes[name] !== INDEXED_VALUE_TYPE_KEYWORD);
  if (missing.length === 0) return;
  const searchAttributes = Object.fromEntries(missing.map((name) => [name, INDEXED_VALUE_TYPE_KEYWORD]));
  // A server that lists none may take them all the same: Temporal's own for tests does.
  if (await unlessRefused(() => operatorService.addSearchAttributes({ namespace, searchAttributes }))) return;
  const advice = `register ${missing.join(', ')} as Keyword with the namespace ${namespace}`;
  if (listed) throw new Error(`This worker may not register search attributes, and sagas need them: ${advice}`);
  logger.warn(`This worker may not look at search attributes; unless that is done already, ${advice}`);
}

/** Undefined when the server does not know the call, or this program may not make it. */
async function unlessRefused<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    const status = grpcStatusOf(error);
    if (status === GRPC.PERMISSION_DENIED || status === GRPC.UNIMPLEMENTED) return undefined;
    throw error;
  }
}
