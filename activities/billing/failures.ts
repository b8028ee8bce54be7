// What goes wrong with the payment service: refusals, which no repetition helps, and everything else, which one may.

import { Context } from '@temporalio/activity';
import Stripe from 'stripe';
import { VarloomError } from '../../domain/errors.ts';
import { toFailure } from '../../temporal/failures.ts';

const HEARTBEAT_MS = 5_000;

/** The service could not be asked, or did not answer as it should: worth another attempt. */
export class PaymentServiceFailed extends Error {
  override name = 'PaymentServiceFailed';
}

/**
 * Runs an activity: it hears of its cancellation while a call hangs, and what it throws names neither key nor person.
 * Stripe's own sentences are not passed on: they quote what was sent.
 */
export async function asking<T>(act: () => Promise<T>): Promise<T> {
  const context = Context.current();
  const heartbeat = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
  try {
    return await act();
  } catch (error) {
    // As a cancellation, whatever it did to the call.
    if (context.cancellationSignal.aborted) return await context.cancelled;
    throw toFailure(withoutSecrets(error));
  } finally {
    clearInterval(heartbeat);
  }
}

function withoutSecrets(error: unknown): unknown {
  if (!(error instanceof Stripe.errors.StripeError)) return error;
  const code = error.code ?? error.rawType ?? error.type;
  const at = `${code}${error.param === undefined ? '' : `, ${error.param}`}`;
  const request = error.requestId ?? null;
  if (isRefusal(error)) {
    const details = { code, param: error.param ?? null, request };
    return new VarloomError('billing_refused', `The payment service refused the request (${at}).`, details);
  }
  const what =
    error instanceof Stripe.errors.StripeAuthenticationError
      ? 'does not accept STRIPE_API_KEY'
      : error instanceof Stripe.errors.StripeConnectionError
        ? 'cannot be reached'
        : `answered ${error.statusCode ?? 'nothing'}`;
  return new PaymentServiceFailed(`The payment service ${what} (${at}; request ${request ?? 'unknown'}).`);
}

function isRefusal(error: Stripe.errors.StripeError): boolean {
  return (
    error instanceof Stripe.errors.StripeInvalidRequestError ||
    error instanceof Stripe.errors.StripeCardError ||
    error instanceof Stripe.errors.StripePermissionError ||
    error instanceof Stripe.errors.StripeIdempotencyError
  );
}

/** True when the service refused for one of these reasons (Stripe API, "Error codes"). */
export function isRefusedFor(error: unknown, ...codes: string[]): boolean {
  return isInvalidRequest(error) && error.code !== undefined && codes.includes(error.code);
}

export function isInvalidRequest(error: unknown): error is Stripe.errors.StripeInvalidRequestError {
  return error instanceof Stripe.errors.StripeInvalidRequestError;
}
