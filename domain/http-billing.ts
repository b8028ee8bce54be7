// The public API's bodies about paying: the subscription, its invoices, and the results that an upgrade brings back.
// Beside `http.ts`, for the same uses.

import { z } from 'zod';
import { INVOICE_STATES, RESTORE_STATES, SUBSCRIPTION_STATES } from './billing.ts';
import { jobError, page } from './http.ts';
import { PLANS } from './plans.ts';

const timestamp = z.iso.datetime({ offset: true });
const id = z.uuid();

export const subscription = z.object({
  plan: z.enum(PLANS),
  state: z.enum(SUBSCRIPTION_STATES),
  current_period_end: timestamp.optional(),
  cancel_at_period_end: z.boolean(),
  /** The results that the upgrade brings back; null on the Free plan. */
  restore: z.object({ total: z.int(), restored: z.int(), failed: z.int() }).nullable(),
  /** The payment page, while one is open. */
  checkout_url: z.url().optional(),
  /** Why the last attempt to pay was refused. */
  payment_refusal: z.string().optional(),
  /** While a payment is overdue: until then the plan stays. */
  grace_ends_at: timestamp.optional(),
  /** After a downgrade: when the results will be archived. */
  archive_at: timestamp.optional(),
});
export type Subscription = z.infer<typeof subscription>;

export const checkout = z.object({ checkout_url: z.url(), expires_at: timestamp });
export type Checkout = z.infer<typeof checkout>;

/** `now`: at once instead of at the end of the period that is paid for. */
export const cancelSubscription = z.strictObject({ now: z.enum(['true', 'false']).optional() });

export const invoice = z.object({
  invoice_id: z.string(),
  number: z.string().nullable(),
  state: z.enum(INVOICE_STATES),
  /** In the currency's smallest unit. */
  amount_due: z.int(),
  amount_paid: z.int(),
  amount_refunded: z.int(),
  currency: z.string(),
  created_at: timestamp,
  url: z.url().nullable(),
});
export type Invoice = z.infer<typeof invoice>;

export const listInvoices = z.strictObject(page);

/** One of the results that the upgrade brings back. */
export const restore = z.object({
  job_id: id,
  file_name: z.string(),
  state: z.enum(RESTORE_STATES),
  error: jobError.optional(),
});
export type Restore = z.infer<typeof restore>;

export const listRestores = z.strictObject({ ...page, state: z.enum(RESTORE_STATES).optional() });
