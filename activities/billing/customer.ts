// The customer that stands for a user, and the portal where cards and invoices are managed.

import type Stripe from 'stripe';
import type { UserId } from '../../domain/ids.ts';
import { isInvalidRequest } from './failures.ts';
import { once } from './once.ts';

export interface Contact {
  email: string;
  name: string | null;
}

const LONGEST_NAME = 256;

/** Looked for by e-mail address: a key is remembered for a day only, and a customer must not be made anew after that. */
export async function ensureCustomer(stripe: Stripe, id: UserId, { email, name }: Contact): Promise<string> {
  const customer = await once(
    `customer/${id}`,
    // Neither address nor name: with others the key would be refused.
    (options) => stripe.customers.create({ metadata: { user_id: id } }, options),
    () => findCustomer(stripe, id, email),
  );
  const shownName = name?.slice(0, LONGEST_NAME) ?? null;
  if (customer.email === email && (shownName === null || customer.name === shownName)) return customer.id;
  const named = shownName === null ? {} : { name: shownName };
  try {
    await stripe.customers.update(customer.id, { email, ...named });
  } catch (error) {
    // An issuer may give an address that Stripe does not take: the payment page asks for another.
    if (!isOfEmail(error)) throw error;
    if (shownName !== null) await stripe.customers.update(customer.id, named);
  }
  return customer.id;
}

async function findCustomer(stripe: Stripe, id: UserId, email: string): Promise<Stripe.Customer | undefined> {
  try {
    const { data } = await stripe.customers.list({ email, limit: 100 });
    return data.find(({ metadata }) => metadata['user_id'] === id);
  } catch (error) {
    if (isOfEmail(error)) return undefined;
    throw error;
  }
}

const isOfEmail = (error: unknown): boolean =>
  isInvalidRequest(error) && (error.param === 'email' || error.code === 'email_invalid');

export async function openPortal(
  stripe: Stripe,
  { customerId, act }: { customerId: string; act: string },
  returnUrl: string,
): Promise<string> {
  const { url } = await once(`portal/${customerId}/${act}`, (options) =>
    stripe.billingPortal.sessions.create({ customer: customerId, return_url: returnUrl }, options),
  );
  return url;
}
