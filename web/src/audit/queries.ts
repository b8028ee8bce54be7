// The audit log, read page by page. It does not refresh by itself: who reads it goes through it entry by entry.

import { useInfiniteQuery } from '@tanstack/react-query';
import type { AuditEntryBody } from '../../../domain/http-audit.ts';
import { call } from '../api.ts';
import { auditQueryOf, type AuditSearch } from './search.ts';

export type AuditEntry = AuditEntryBody;

interface AuditPage {
  entries: AuditEntry[];
  next: string | null;
}

const ROWS_PER_PAGE = 50;
// The cast only widens: cursors of later pages are strings.
const FIRST_PAGE = undefined as string | undefined;

export const useAuditLog = (search: AuditSearch) =>
  useInfiniteQuery({
    queryKey: ['audit', search],
    queryFn: ({ pageParam, signal }) => {
      const query = auditQueryOf(search);
      query.set('limit', String(ROWS_PER_PAGE));
      if (pageParam !== undefined) query.set('cursor', pageParam);
      return call<AuditPage>('GET', `/audit?${query}`, { signal });
    },
    initialPageParam: FIRST_PAGE,
    getNextPageParam: (last) => last.next ?? undefined,
  });

/** A file with every entry that matches. */
export function auditCsvUrl(search: AuditSearch): string {
  const query = auditQueryOf(search);
  query.set('format', 'csv');
  return `/audit?${query}`;
}
