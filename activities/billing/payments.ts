// The charges behind invoices: what was refunded or disputed, and why a payment was refused.

import type Stripe from 'stripe';
import { idOf } from './shapes.ts';

/** Who is refused a thousand times a day is not told of every one. */
const MOST_CHARGES = 1000;

/** The successful charges of these payment intents, by intent. */
export async function chargesOf(
  stripe: Stripe,
  customerId: string,
  intents: readonly string[],
): Promise<Map<string, Stripe.Charge>> {
  const wanted = new Set(intents);
  const found = new Map<string, Stripe.Charge>();
  let seen = 0;
  if (wanted.size === 0) return found;
  for await (const charge of stripe.charges.list({ customer: customerId, limit: 100 })) {
    const intent = charge.payment_intent === null ? undefined : idOf(charge.payment_intent);
    if (intent !== undefined && charge.paid && wanted.delete(intent)) found.set(intent, charge);
    seen += 1;
    if (wanted.size === 0 || seen >= MOST_CHARGES) break;
  }
  return found;
}

/** In these the bank has taken the money back; in an inquiry it has not, and one that was won has brought it back. */
const TAKEN = new Set(['needs_response', 'under_review', 'lost', 'appeal_needs_response', 'appeal_under_review']);

export const isTaken = ({ status }: Stripe.Dispute): boolean => TAKEN.has(status);

export async function isMoneyTaken(stripe: Stripe, charge: Stripe.Charge): Promise<boolean> {
  if (!charge.disputed) return false;
  const disputes = await stripe.disputes.list({ charge: charge.id, limit: 100 });
  return disputes.data.some(isTaken);
}

/** Why the last attempt to pay was refused, in words for the payer; null when it was not. `since` in Unix seconds. */
export async function refusalOf(stripe: Stripe, customerId: string, since: number): Promise<string | null> {
  const { data } = await stripe.paymentIntents.list({ customer: customerId, created: { gte: since }, limit: 1 });
  const error = data[0]?.last_payment_error;
  if (!error) return null;
  // Only what Stripe says of cards is meant for their owners.
  if (error.type === 'card_error' && error.message) return error.message;
  if (error.code === 'payment_intent_authentication_failure') {
    return 'Your bank could not confirm that it was you. Try again, or use another card.';
  }
  return 'The payment did not go through. Try again, or use another card.';
}
