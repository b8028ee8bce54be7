// The payment service, by the `stripe` package: see `contract.ts` for what each act promises.

import type Stripe from 'stripe';
import { VarloomError } from '../../domain/errors.ts';
import type { UserId } from '../../domain/ids.ts';
import { toFailure } from '../../temporal/failures.ts';
import { listAccounts, readAccount } from './account.ts';
import { cancelSubscription, undoSubscriptions } from './cancellation.ts';
import { expireCheckout, openCheckout } from './checkout.ts';
import type { BillingActivities } from './contract.ts';
import { ensureCustomer, openPortal, type Contact } from './customer.ts';
import { asking, PaymentServiceFailed } from './failures.ts';
import { createPriceSource } from './price.ts';

export interface BillingDependencies {
  /** Null where no key is set: then every act fails until one is. */
  stripe: Stripe | null;
  /** Unset: the price with the expected lookup key. */
  priceId?: string | undefined;
  /** How browsers reach the gateway. */
  publicUrl: string;
  checkoutExpirySeconds: number;
  /** How the payment service may address a user. */
  contact: (userId: UserId) => Promise<Contact>;
  /** The time by which payment pages expire; a sandbox may have a time of its own. */
  now?: () => Date;
}

export function createBillingActivities(deps: BillingDependencies): BillingActivities {
  const { stripe, publicUrl, contact } = deps;
  const billingUrl = `${publicUrl}/billing`;
  const pages = {
    price: createPriceSource(deps.priceId),
    billingUrl,
    expirySeconds: deps.checkoutExpirySeconds,
    now: deps.now ?? (() => new Date()),
  };
  const ask = <T>(act: (client: Stripe) => Promise<T>): Promise<T> =>
    asking(async () => {
      if (!stripe) throw new PaymentServiceFailed('STRIPE_API_KEY is not set: set it, and start the worker again.');
      return act(stripe);
    });
  return {
    'billing.customer.ensure': async ({ userId }) => {
      // Somebody waits for the answer, and nothing has been begun that would have to be finished.
      if (!stripe) throw toFailure(new VarloomError('billing_not_configured', 'Nothing can be paid for here.'));
      return ask(async (client) => ({ customerId: await ensureCustomer(client, userId, await contact(userId)) }));
    },

    'billing.account.read': (input) => ask((client) => readAccount(client, input)),

    'billing.checkout.open': (input) => ask((client) => openCheckout(client, input, pages)),

    'billing.checkout.expire': ({ sessionId }) =>
      ask(async (client) => ({ state: await expireCheckout(client, sessionId) })),

    'billing.subscription.cancel': (input) => ask((client) => cancelSubscription(client, input)),

    'billing.subscription.undo': (input) =>
      ask(async (client) => ({ refunded: await undoSubscriptions(client, input) })),

    'billing.portal.open': (input) => ask(async (client) => ({ url: await openPortal(client, input, billingUrl) })),

    'billing.accounts.list': ({ after }) => ask((client) => listAccounts(client, after)),
  };
}
