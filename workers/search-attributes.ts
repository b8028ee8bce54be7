// The search attributes that sagas set, registered with the namespace before workers start.

import type { Connection } from '@temporalio/client';
import protocol from '@temporalio/proto';
import { SEARCH_ATTRIBUTES } from '../domain/search-attributes.ts';
import type { Logger } from '../process/main.ts';

const { INDEXED_VALUE_TYPE_KEYWORD } = protocol.temporal.api.enums.v1.IndexedValueType;

/** gRPC's codes for a program that may not, and a server that cannot. */
const PERMISSION_DENIED = 7;
const UNIMPLEMENTED = 12;

/** Registers what is missing; where only an operator may do that, says so once and takes them for registered. */
export async function ensureSearchAttributes(
  { connection, namespace }: { connection: Pick<Connection, 'operatorService'>; namespace: string },
  logger: Logger,
): Promise<void> {
  const refusal = (error: unknown) => (error instanceof Error && 'code' in error ? error.code : undefined);
  try {
    const { customAttributes } = await connection.operatorService
      .listSearchAttributes({ namespace })
      // A server that lists none may take them all the same: Temporal's own for tests does.
      .catch((error: unknown) => {
        if (refusal(error) !== UNIMPLEMENTED) throw error;
        return { customAttributes: {} as Readonly<Record<string, unknown>> };
      });
    const missing = SEARCH_ATTRIBUTES.filter((name) => customAttributes[name] !== INDEXED_VALUE_TYPE_KEYWORD);
    if (missing.length === 0) return;
    const searchAttributes = Object.fromEntries(missing.map((name) => [name, INDEXED_VALUE_TYPE_KEYWORD]));
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
  } catch (error) {
    const code = refusal(error);
    if (code !== PERMISSION_DENIED && code !== UNIMPLEMENTED) throw error;
    logger.warn(
      `This worker may not register search attributes: register ${SEARCH_ATTRIBUTES.join(', ')} as Keyword with the namespace.`,
    );
  }
}
