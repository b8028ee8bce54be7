// The audit log of the caller's organization, for its administrators: by pages, or all that matches as CSV.

import { createRoute, z } from '@hono/zod-openapi';
import { exportAuditEntries, listAuditEntries, recordReading, type AuditEntry } from '../../db/audit/entries.ts';
import * as http from '../../domain/http-audit.ts';
import type { Authenticate } from '../auth/authenticate.ts';
import { createAuthorize } from '../auth/authorize.ts';
import { createRoutes, type Dependencies } from '../context.ts';
import { csvLine } from '../csv.ts';
import { answers } from '../openapi.ts';

const PAGE_LENGTH = 50;
const COLUMNS = ['seq', 'at', 'actor', 'action', 'entity', 'entity_id', 'details', 'prev_hash', 'hash'];

export function auditRoutes(deps: Dependencies, authenticate: Authenticate) {
  const { database } = deps;
  const authorize = createAuthorize(deps);
  const routes = createRoutes();

  const described = answers(
    { 200: { entries: z.array(http.auditEntry), next: z.string().nullable() } },
    [401, 403, 422],
  );
  routes.openapi(
    createRoute({
      method: 'get',
      path: '/audit',
      middleware: [authenticate('account'), authorize('audit.read')] as const,
      request: { query: http.listAudit },
      responses: {
        ...described,
        200: {
          description: 'Newest first. As CSV: all that match, with `details` as text and the hash of the entry before',
          content: {
            ...described[200].content,
            'text/csv': { schema: z.string(), example: csvLine(COLUMNS) },
          },
        },
      },
      summary: "What was done in the caller's organization, by whom and when",
    }),
    async (c) => {
      const { principal } = c.get('caller');
      const { format, limit, ...filter } = c.req.valid('query');
      if (format === 'csv') {
        const pages = exportAuditEntries(database, principal, principal.organizationId, { ...filter, limit });
        // Asked for before the answer begins: what is wrong with the request must still be told.
        const first = await pages.next();
        await recordReading(database, principal, filter, 'audit_log.exported');
        return c.body(csvOf(first.done ? [] : first.value, pages), 200, {
          'Content-Type': 'text/csv; charset=utf-8; header=present',
          'Content-Disposition': 'attachment; filename="audit.csv"',
        });
      }
      const { rows, next } = await listAuditEntries(database, principal, principal.organizationId, {
        ...filter,
        limit: limit ?? PAGE_LENGTH,
      });
      await recordReading(database, principal, filter, 'audit_log.read');
      return c.json({ code: 200 as const, status: 'success' as const, entries: rows.map(bodyOf), next }, 200);
    },
  );

  return routes;
}

const bodyOf = (entry: AuditEntry): http.AuditEntryBody => ({
  seq: entry.seq,
  at: entry.at,
  actor: entry.actor,
  action: entry.action,
  entity: entry.entity,
  entity_id: entry.entityId,
  details: entry.details,
  hash: entry.hash,
});

function csvOf(first: AuditEntry[], others: AsyncGenerator<AuditEntry[]>): ReadableStream<Uint8Array> {
  async function* lines(): AsyncGenerator<string> {
    yield csvLine(COLUMNS);
    yield first.map(lineOf).join('');
    for await (const entries of others) yield entries.map(lineOf).join('');
  }
  return ReadableStream.from(lines()).pipeThrough(new TextEncoderStream());
}

const lineOf = (entry: AuditEntry): string =>
  csvLine([
    entry.seq,
    entry.at,
    entry.actor,
    entry.action,
    entry.entity,
    entry.entityId,
    entry.detailsText,
    entry.prevHash,
    entry.hash,
  ]);
