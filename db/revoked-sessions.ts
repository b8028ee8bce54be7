// All of somebody's sessions were ended at a moment: what they had begun before it counts no more, here or in a running saga.

import { VarloomError } from '../domain/errors.ts';
import type { User, UserPrincipal } from './identity.ts';

/** A person as the gateway knows them: by what they act. */
export type ActingUser = UserPrincipal & {
  /** ISO 8601: when their session was opened, or their token issued. */
  actingSince?: string | undefined;
};

/** Undefined where it is not known. */
export const sinceOf = ({ actingSince }: ActingUser): Date | undefined =>
  actingSince === undefined ? undefined : new Date(actingSince);

/** Whether what was begun then has been ended with all sessions of the user. Not knowing when it was helps nobody. */
export function isRevoked({ sessionsRevokedAt }: Pick<User, 'sessionsRevokedAt'>, since: Date | undefined): boolean {
  return sessionsRevokedAt !== null && (since === undefined || since <= sessionsRevokedAt);
}

/**
 * For what is signed or done in the transaction that has read the user: the sessions may have been ended meanwhile.
 * @throws VarloomError `sign_in_again`
 */
export function refuseRevoked(user: Pick<User, 'sessionsRevokedAt'>, since: Date | undefined): void {
  if (isRevoked(user, since)) {
    throw new VarloomError('sign_in_again', 'Your sessions were ended since you signed in.');
  }
}
