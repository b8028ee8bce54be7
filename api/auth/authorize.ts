// Whether the caller's role allows an operation, by the one table of `domain/permissions.ts`. Roles are read with each
// request, so that a change counts at once.

import { createMiddleware } from 'hono/factory';
import { isLaboratory } from '../../db/organizations.ts';
import { VarloomError } from '../../domain/errors.ts';
import { isAllowed, needsLaboratory, rolesOf, type Operation } from '../../domain/permissions.ts';
import type { Caller, Dependencies, Env } from '../context.ts';

export type Authorize = (operation: Operation) => ReturnType<typeof createMiddleware<Env>>;

/**
 * Comes after `authenticate`, on routes whose address names no object. Where it names one, the handler finds the object
 * first and then calls `refuseUnlessAllowed`: someone else's is 404 for everybody, whatever their role.
 */
export function createAuthorize(deps: Pick<Dependencies, 'database'>): Authorize {
  return (operation) =>
    createMiddleware<Env>(async (c, next) => {
      await refuseUnlessAllowed(deps, c.get('caller'), operation);
      await next();
    });
}

/** @throws VarloomError `forbidden`, saying which roles may */
export async function refuseUnlessAllowed(
  { database }: Pick<Dependencies, 'database'>,
  { user, principal }: Caller,
  operation: Operation,
): Promise<void> {
  if (!isAllowed(user.role, operation)) {
    const roles = rolesOf(operation).join(', ');
    throw new VarloomError('forbidden', `Your role is ${user.role}; this is for: ${roles}.`, { operation, roles });
  }
  if (needsLaboratory(operation) && !(await isLaboratory(database, principal))) {
    throw new VarloomError(
      'forbidden',
      'This is for members of a laboratory, and your organization is a personal one. Its administrator can add you.',
      { operation },
    );
  }
}
