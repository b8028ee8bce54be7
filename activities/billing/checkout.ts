// The hosted payment page: opened once per act, and closed.

import type Stripe from 'stripe';
import type { UserId } from '../../domain/ids.ts';
import { isInvalidRequest, isRefusedFor } from './failures.ts';
import { once } from './once.ts';
import { notConfigured } from './price.ts';
import { isoTime } from './shapes.ts';

export interface CheckoutPages {
  price: (stripe: Stripe) => Promise<string>;
  /** Where the payer is sent back to. */
  billingUrl: string;
  expirySeconds: number;
  now: () => Date;
}

const SHORTEST_SECONDS = 30 * 60;
const LONGEST_SECONDS = 24 * 3600;
const SLACK_SECONDS = 60;

/** Stripe measures when the request arrives, by its own clock. What is shorter than it takes is meant for a sandbox. */
function allowedSeconds(seconds: number): number {
  if (seconds < SHORTEST_SECONDS) return seconds;
  return Math.min(Math.max(seconds, SHORTEST_SECONDS + SLACK_SECONDS), LONGEST_SECONDS - SLACK_SECONDS);
}

export async function openCheckout(
  stripe: Stripe,
  { userId, customerId, act }: { userId: UserId; customerId: string; act: string },
  pages: CheckoutPages,
): Promise<{ sessionId: string; url: string; expiresAt: string }> {
  const price = await pages.price(stripe);
  const session = await once(
    `checkout/${userId}/${act}`,
    (options) =>
      createSession(
        stripe,
        {
          mode: 'subscription',
          customer: customerId,
          client_reference_id: userId,
          line_items: [{ price, quantity: 1 }],
          success_url: `${pages.billingUrl}?checkout=success`,
          cancel_url: `${pages.billingUrl}?checkout=cancelled`,
          expires_at: Math.floor(pages.now().getTime() / 1000) + allowedSeconds(pages.expirySeconds),
          metadata: { user_id: userId, act },
          subscription_data: { metadata: { user_id: userId } },
        },
        options,
      ),
    () => findSession(stripe, customerId, act),
  );
  // One that was closed meanwhile has no address any more.
  return { sessionId: session.id, url: session.url ?? pages.billingUrl, expiresAt: isoTime(session.expires_at) };
}

async function createSession(
  stripe: Stripe,
  parameters: Stripe.Checkout.SessionCreateParams,
  options: Stripe.RequestOptions,
): Promise<Stripe.Checkout.Session> {
  try {
    return await stripe.checkout.sessions.create(parameters, options);
  } catch (error) {
    if (isInvalidRequest(error) && error.param === 'line_items[0][price]') throw notConfigured();
    throw error;
  }
}

/** The latest hundred pages of a customer are all that an act can have opened in the time it is repeated. */
async function findSession(
  stripe: Stripe,
  customerId: string,
  act: string,
): Promise<Stripe.Checkout.Session | undefined> {
  const { data } = await stripe.checkout.sessions.list({ customer: customerId, limit: 100 });
  return data.find(({ metadata }) => metadata?.['act'] === act);
}

/** A page that is unknown is closed as well. */
export async function expireCheckout(stripe: Stripe, sessionId: string): Promise<'complete' | 'expired'> {
  const state = async () => {
    try {
      return (await stripe.checkout.sessions.retrieve(sessionId)).status;
    } catch (error) {
      if (isRefusedFor(error, 'resource_missing')) return 'expired';
      throw error;
    }
  };
  if ((await state()) === 'open') {
    try {
      await stripe.checkout.sessions.expire(sessionId);
    } catch (error) {
      // Paid or expired since it was looked at.
      if (!isInvalidRequest(error) || (await state()) === 'open') throw error;
    }
  }
  return (await state()) === 'complete' ? 'complete' : 'expired';
}

/** Closes every page of a customer by which something could still be paid. */
export async function expireOpenCheckouts(stripe: Stripe, customerId: string): Promise<void> {
  for await (const { id } of stripe.checkout.sessions.list({ customer: customerId, status: 'open', limit: 100 })) {
    await expireCheckout(stripe, id);
  }
}
