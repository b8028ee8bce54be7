// A laboratory in memory: its members, their roles, and who stands in for whom.

import { randomUUID } from 'node:crypto';
import type { Reviewer } from '../../../activities/records/review.ts';
import { organizationId, type OrganizationId, type UserId } from '../../../domain/ids.ts';
import type { Plan } from '../../../domain/plans.ts';
import type { Role } from '../../../domain/principal.ts';
import { levelOfRole, type ReviewLevel } from '../../../domain/review.ts';
import type { MemoryTables } from './memory-tables.ts';

export interface MemoryLaboratory {
  organizationId: OrganizationId;
  addMember(role: Role, plan?: Plan): Reviewer;
  setRole(id: UserId, role: Role): void;
  roleOf(id: UserId): Role | undefined;
  /** `to` may decide in the stead of `from`, for as long. */
  delegate(from: UserId, to: UserId, period: { startsAtMs: number; endsAtMs: number }): void;
  /** Who signs at the level, with the role as it is now; undefined when it is not theirs. */
  signerAt(id: UserId, level: ReviewLevel): { onBehalfOf: UserId | null } | undefined;
}

export function createMemoryLaboratory(tables: MemoryTables): MemoryLaboratory {
  const organization = organizationId(randomUUID());
  const roles = new Map<UserId, Role>();
  const delegations: { from: UserId; to: UserId; startsAtMs: number; endsAtMs: number }[] = [];

  const laboratory: MemoryLaboratory = {
    organizationId: organization,
    addMember(role, plan = 'premium') {
      const user = tables.addUser(plan);
      user.organizationId = organization;
      roles.set(user.userId, role);
      return { kind: 'user', userId: user.userId, organizationId: organization };
    },
    setRole: (id, role) => void roles.set(id, role),
    roleOf: (id) => roles.get(id),
    delegate: (from, to, period) => void delegations.push({ from, to, ...period }),
    signerAt(id, level) {
      const role = roles.get(id);
      if (role === undefined) return undefined;
      if (levelOfRole(role) === level) return { onBehalfOf: null };
      const now = tables.now();
      const away = delegations.find(
        ({ from, to, startsAtMs, endsAtMs }) =>
          to === id && roles.get(from) === level && startsAtMs <= now && now < endsAtMs,
      );
      return away && { onBehalfOf: away.from };
    },
  };
  return laboratory;
}
