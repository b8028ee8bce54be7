// The subscription as its owner sees it: the plan, what the payment service said last, invoices, and the results that
// the upgrade brings back.

import { and, eq, ne, sql } from 'drizzle-orm';
import type { RestoreState } from '../domain/billing.ts';
import type { Plan } from '../domain/plans.ts';
import type { Database, Transaction } from './client.ts';
import type { UserPrincipal } from './identity.ts';
import { afterCursor, cursorTime, newestFirst, toPage, type Page, type PageRequest } from './keyset.ts';
import type { RestoreCount } from './restores.ts';
import { invoices, jobs, restores, subscriptions, users, type StoredJobError } from './schema/index.ts';
import type { SubscriptionRow } from './subscriptions.ts';

export interface SubscriptionView {
  plan: Plan;
  /** Null until the first payment page. */
  subscription: SubscriptionRow | null;
  /** Null on the Free plan. */
  restore: RestoreCount | null;
}

/** Read on the writer: who has just paid looks here for it. */
export async function viewSubscription(database: Database, principal: UserPrincipal): Promise<SubscriptionView> {
  return database.write(principal, async (tx) => {
    const row = await readPlan(tx, principal);
    return {
      ...row,
      restore: row.plan === 'premium' ? await countRestores(tx, upgradeOf(principal, row.subscription)) : null,
    };
  });
}

async function readPlan(
  tx: Transaction,
  principal: UserPrincipal,
): Promise<Pick<SubscriptionView, 'plan' | 'subscription'>> {
  const [row] = await tx
    .select({ plan: users.plan, subscription: subscriptions })
    .from(users)
    .leftJoin(subscriptions, eq(subscriptions.userId, users.userId))
    .where(eq(users.userId, principal.userId));
  if (!row) throw new Error(`there is no user ${principal.userId}`);
  return row;
}

/** What was erased on the way is given up, and no part of the whole any more. */
async function countRestores(tx: Transaction, upgradeId: string): Promise<RestoreCount> {
  const [count] = await tx
    .select({
      total: sql<number>`count(*)::int`,
      restored: sql<number>`(count(*) filter (where ${restores.state} = 'restored'))::int`,
      failed: sql<number>`(count(*) filter (where ${restores.state} = 'failed'))::int`,
    })
    .from(restores)
    .where(and(eq(restores.upgradeId, upgradeId), ne(restores.state, 'given_up')));
  return count ?? { total: 0, restored: 0, failed: 0 };
}

/** Where a result is restored without an upgrade, its owner's id stands for one: see `db/restores.ts`. */
const upgradeOf = (principal: UserPrincipal, subscription: SubscriptionRow | null): string =>
  subscription?.upgradeId ?? principal.userId;

type Cursor = { cursorTime: string; cursorId: string };

export async function listInvoices(
  database: Database,
  principal: UserPrincipal,
  page: PageRequest,
): Promise<Page<typeof invoices.$inferSelect & Cursor>> {
  return database.read(principal, async (tx) => {
    const rows = await tx
      .select({ invoice: invoices, cursorTime: cursorTime(invoices.createdAt), cursorId: invoices.invoiceId })
      .from(invoices)
      .where(
        and(
          eq(invoices.userId, principal.userId),
          afterCursor(page.cursor, invoices.createdAt, invoices.invoiceId, isInvoiceId),
        ),
      )
      .orderBy(...newestFirst(invoices.createdAt, invoices.invoiceId))
      .limit(page.limit + 1);
    return toPage(
      rows.map(({ invoice, ...cursor }) => ({ ...invoice, ...cursor })),
      page.limit,
    );
  });
}

const isInvoiceId = (text: string): boolean => /^\w{1,100}$/.test(text);

export interface RestoreRow extends Cursor {
  jobId: string;
  fileName: string;
  state: RestoreState;
  error: StoredJobError | null;
}

/** The results that the caller's upgrade brings back; none on the Free plan. */
export async function listRestores(
  database: Database,
  principal: UserPrincipal,
  { limit, cursor, state }: PageRequest & { state?: RestoreState | undefined },
): Promise<Page<RestoreRow>> {
  return database.read(principal, async (tx) => {
    const { plan, subscription } = await readPlan(tx, principal);
    if (plan !== 'premium') return { rows: [], next: null };
    const rows = await tx
      .select({
        jobId: restores.jobId,
        fileName: jobs.fileName,
        state: restores.state,
        error: restores.error,
        cursorTime: cursorTime(restores.createdAt),
        cursorId: restores.jobId,
      })
      .from(restores)
      .innerJoin(jobs, eq(jobs.jobId, restores.jobId))
      .where(
        and(
          eq(restores.upgradeId, upgradeOf(principal, subscription)),
          eq(restores.userId, principal.userId),
          state ? eq(restores.state, state) : undefined,
          afterCursor(cursor, restores.createdAt, restores.jobId),
        ),
      )
      .orderBy(...newestFirst(restores.createdAt, restores.jobId))
      .limit(limit + 1);
    return toPage(rows, limit);
  });
}
