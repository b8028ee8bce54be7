// Which pages of the laboratory somebody sees: what their role has a use for. What they may do is the gateway's to say.

import { isAllowed } from '../../../domain/permissions.ts';
import type { Role } from '../../../domain/principal.ts';

export const LABORATORY_PAGES = [
  { to: '/reviews', label: 'Reviews' },
  { to: '/deliveries', label: 'Deliveries' },
  { to: '/samples', label: 'Samples' },
  { to: '/partners', label: 'Partners' },
  { to: '/organization', label: 'Organization' },
  { to: '/audit', label: 'Audit log' },
] as const;
export type LaboratoryPage = (typeof LABORATORY_PAGES)[number];

export interface Visitor {
  role: Role;
  organization: 'personal' | 'laboratory';
  /** A reviewer is away, and has named them. */
  isDelegate: boolean;
}

export function laboratoryPagesOf(visitor: Visitor): readonly LaboratoryPage[] {
  if (visitor.organization === 'personal') return [];
  return LABORATORY_PAGES.filter(({ to }) => hasUseFor(visitor, to));
}

function hasUseFor({ role, isDelegate }: Visitor, page: LaboratoryPage['to']): boolean {
  switch (page) {
    case '/reviews':
      return isAllowed(role, 'review.claim') || isDelegate;
    case '/deliveries':
      return isAllowed(role, 'delivery.read');
    case '/samples':
      return isAllowed(role, 'sample.read');
    case '/partners':
      return isAllowed(role, 'partner.manage');
    case '/organization':
      return true;
    case '/audit':
      return isAllowed(role, 'audit.read');
  }
}
