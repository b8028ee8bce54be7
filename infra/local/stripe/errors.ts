// Refusals in Stripe's shape: a type, a code, a sentence, and the HTTP status that belongs to them.

export type StripeErrorType = 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error';

export interface StripeErrorDetails {
  type: StripeErrorType;
  message: string;
  code?: string;
  param?: string;
  decline_code?: string;
  charge?: string;
  payment_intent?: Record<string, unknown>;
}

/** Thrown by an act that is refused. Whatever the act had written is undone, unless `keepsEffects`. */
export class StripeRefusal extends Error {
  readonly status: number;
  readonly details: StripeErrorDetails;
  /** A refused payment leaves its failed charge behind: that is what the refusal is about. */
  readonly keepsEffects: boolean;

  constructor(status: number, details: StripeErrorDetails, { keepsEffects = false } = {}) {
    super(details.message);
    this.status = status;
    this.details = details;
    this.keepsEffects = keepsEffects;
  }

  get body() {
    const { code } = this.details;
    const documentation =
      code === undefined ? {} : { doc_url: `https://stripe.com/docs/error-codes/${code.replaceAll('_', '-')}` };
    return { error: { ...this.details, ...documentation } };
  }
}

export function invalidRequest(message: string, more: { code?: string; param?: string } = {}): StripeRefusal {
  return new StripeRefusal(400, { type: 'invalid_request_error', message, ...more });
}

/** `what` in Stripe's words: `customer`, `checkout.session` … */
export function noSuch(what: string, id: string, param = 'id', status = 404): StripeRefusal {
  const message = `No such ${what}: '${id}'`;
  return new StripeRefusal(status, { type: 'invalid_request_error', code: 'resource_missing', message, param });
}

export function unauthorized(message: string): StripeRefusal {
  return new StripeRefusal(401, { type: 'invalid_request_error', message });
}
