// Paying for Premium: what the caller has, and the saga `subscription/<userId>` told what they want. The payment service
// is asked by the saga, never from here.

import { createRoute, z } from '@hono/zod-openapi';
import { listInvoices, viewSubscription, type SubscriptionView } from '../../db/subscription-view.ts';
import * as http from '../../domain/http-billing.ts';
import type { Authenticate } from '../auth/authenticate.ts';
import { createRoutes, type Dependencies } from '../context.ts';
import { answers } from '../openapi.ts';

export function subscriptionRoutes({ database, sagas }: Dependencies, authenticate: Authenticate) {
  const routes = createRoutes();

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/subscription',
      middleware: [authenticate('annotations:read')] as const,
      responses: answers({ 200: http.subscription.shape }, [401]),
      summary: "The caller's plan, what is paid for it, and how far an upgrade has restored the results",
    }),
    async (c) => {
      const subscription = subscriptionOf(await viewSubscription(database, c.get('caller').principal), new Date());
      return c.json({ code: 200 as const, status: 'success' as const, ...subscription }, 200);
    },
  );

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/subscription',
      middleware: [authenticate('account')] as const,
      responses: answers({ 201: http.checkout.shape }, [401, 403, 409]),
      summary: 'Open the payment page for Premium; asked again while one is open, it is the same page',
    }),
    async (c) => {
      const { checkoutUrl, expiresAt } = await sagas.openCheckout(c.get('caller').principal);
      const checkout = { checkout_url: checkoutUrl, expires_at: expiresAt };
      return c.json({ code: 201 as const, status: 'success' as const, ...checkout }, 201);
    },
  );

  routes.openapi(
    createRoute({
      method: 'delete',
      path: '/subscription',
      middleware: [authenticate('account')] as const,
      request: { query: http.cancelSubscription },
      responses: answers({ 202: http.subscription.shape }, [401, 403, 409, 422]),
      summary: 'Cancel Premium at the end of the period that is paid for, or at once with `now=true`',
    }),
    async (c) => {
      const { principal } = c.get('caller');
      await sagas.cancelSubscription(principal, c.req.valid('query').now === 'true' ? 'now' : 'period_end');
      const subscription = subscriptionOf(await viewSubscription(database, principal), new Date());
      return c.json({ code: 202 as const, status: 'success' as const, ...subscription }, 202);
    },
  );

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/subscription/portal',
      middleware: [authenticate('account')] as const,
      responses: answers({ 201: { portal_url: z.url() } }, [401, 403, 409]),
      summary: 'A link to the payment service, where cards and the subscription are managed; valid for a short time',
    }),
    async (c) => {
      const { portalUrl } = await sagas.openPortal(c.get('caller').principal);
      return c.json({ code: 201 as const, status: 'success' as const, portal_url: portalUrl }, 201);
    },
  );

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/subscription/invoices',
      middleware: [authenticate('account')] as const,
      request: { query: http.listInvoices },
      responses: answers({ 200: { invoices: z.array(http.invoice), next: z.string().nullable() } }, [401, 403, 422]),
      summary: "The caller's invoices, newest first",
    }),
    async (c) => {
      const { rows, next } = await listInvoices(database, c.get('caller').principal, c.req.valid('query'));
      const invoices = rows.map((row) => ({
        invoice_id: row.invoiceId,
        number: row.number,
        state: row.state,
        amount_due: row.amountDue,
        amount_paid: row.amountPaid,
        amount_refunded: row.amountRefunded,
        currency: row.currency,
        created_at: row.createdAt.toISOString(),
        url: row.hostedUrl,
      }));
      return c.json({ code: 200 as const, status: 'success' as const, invoices, next }, 200);
    },
  );

  return routes;
}

function subscriptionOf({ plan, subscription, restore }: SubscriptionView, now: Date): http.Subscription {
  if (!subscription) return { plan, state: stateOf(plan, 'none'), cancel_at_period_end: false, restore };
  const { checkoutUrl, checkoutExpiresAt, currentPeriodEnd, graceEndsAt, archiveDueAt } = subscription;
  const isOpen = subscription.state === 'awaiting_payment' && checkoutExpiresAt !== null && checkoutExpiresAt > now;
  return {
    plan,
    state: stateOf(plan, subscription.state),
    ...(currentPeriodEnd ? { current_period_end: currentPeriodEnd.toISOString() } : {}),
    cancel_at_period_end: subscription.cancelAtPeriodEnd,
    restore,
    ...(isOpen && checkoutUrl !== null ? { checkout_url: checkoutUrl } : {}),
    ...(subscription.paymentRefusal === null ? {} : { payment_refusal: subscription.paymentRefusal }),
    ...(graceEndsAt ? { grace_ends_at: graceEndsAt.toISOString() } : {}),
    ...(archiveDueAt ? { archive_at: archiveDueAt.toISOString() } : {}),
  };
}

/** A plan that was granted is active without a payment. */
const stateOf = (plan: http.Subscription['plan'], state: http.Subscription['state']): http.Subscription['state'] =>
  plan === 'premium' && state === 'none' ? 'active' : state;
