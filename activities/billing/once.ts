// An act that must not be done twice: it is looked for, then done under an idempotency key that its ids give.

import Stripe from 'stripe';

/** Answers lost, and keys spent on them, in one day: more than this is a fault of another kind. */
const KEYS = 5;

/**
 * Stripe answers a repeated key with the first answer for a day, an internal error included, and refuses it with other
 * parameters. Such a key is spent: the next one is `<key>/2`, and `find` has looked whether the act was done after all.
 * @param find answers what the act made, once it did
 */
export async function once<T>(
  key: string,
  act: (options: { idempotencyKey: string }) => Promise<T>,
  find: () => Promise<T | undefined> = async () => undefined,
): Promise<T> {
  for (let turn = 1; ; turn += 1) {
    const found = await find();
    if (found !== undefined) return found;
    try {
      return await act({ idempotencyKey: turn === 1 ? key : `${key}/${turn}` });
    } catch (error) {
      if (turn >= KEYS || !isSpent(error)) throw error;
    }
  }
}

function isSpent(error: unknown): boolean {
  if (error instanceof Stripe.errors.StripeIdempotencyError) return true;
  if (!(error instanceof Stripe.errors.StripeAPIError) || (error.statusCode ?? 0) < 500) return false;
  return error.headers?.['idempotent-replayed'] === 'true';
}
