// A workflow of the service's own that starts a saga for somebody: the saga acts in that person's name, not in the starter's.

import { AsyncLocalStorage } from '@temporalio/workflow';
import type { Principal } from '../domain/principal.ts';

const acting = new AsyncLocalStorage<Principal>();

/** Children that are started within `work` are started in the name of `principal`. */
export const actingFor = <T>(principal: Principal, work: () => Promise<T>): Promise<T> => acting.run(principal, work);

/** Undefined where nobody was named: the workflow's own principal is meant. */
export const actingPrincipal = (): Principal | undefined => acting.getStore();
