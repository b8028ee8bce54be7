// `expand[]`: ids replaced by what they name, and the parts of an object that are shown only when asked for.
import { lineItemsOf } from './checkout.ts';
import { invalidRequest } from './errors.ts';
import type { Sandbox } from './sandbox.ts';
import { embeddedList } from './stored.ts';

type Json = Record<string, unknown>;

const DEEPEST = 4;

/** What is left out unless it is asked for, by the kind of object and the name of the field. */
function partOf(sandbox: Sandbox, holder: Json, field: string): unknown {
  const id = String(holder['id']);
  const { store } = sandbox;
  switch (`${String(holder['object'])}.${field}`) {
    case 'invoice.payments':
      return embeddedList(store.all('invoice_payment', { invoice: id }), `/v1/invoices/${id}/payments`);
    case 'checkout.session.line_items':
      return lineItemsOf(sandbox, store.need('checkout.session', id));
    case 'charge.refunds':
      return embeddedList(store.all('refund', { charge: id }), `/v1/charges/${id}/refunds`);
    case 'customer.subscriptions': {
      const live = store.all('subscription', { customer: id }).filter(({ status }) => status !== 'canceled');
      return embeddedList(live, `/v1/customers/${id}/subscriptions`);
    }
    default:
      return undefined;
  }
}

/** Answers a copy. Throws Stripe's refusal for what cannot be expanded. */
export function expand(sandbox: Sandbox, object: object, paths: readonly string[]): Json {
  const shown: Json = structuredClone({ ...object });
  for (const path of paths) {
    const steps = path.split('.');
    if (steps.filter((step) => step !== 'data').length > DEEPEST) {
      throw invalidRequest(`You cannot expand more than ${DEEPEST} levels of a property: ${path}`, { param: 'expand' });
    }
    expandOne(sandbox, shown, steps, path);
  }
  return shown;
}

function expandOne(sandbox: Sandbox, holder: Json, [step, ...rest]: string[], path: string): void {
  if (step === undefined) return;
  if (holder[step] === undefined) {
    const part = partOf(sandbox, holder, step);
    if (part !== undefined) holder[step] = structuredClone(part);
  }
  const value = holder[step];
  const refuse = () => invalidRequest(`This property cannot be expanded (${path}).`, { param: 'expand' });
  if (Array.isArray(value)) {
    for (const member of value) if (isObject(member)) expandOne(sandbox, member, rest, path);
    return;
  }
  if (typeof value === 'string') {
    const found = sandbox.store.findAny(value);
    if (!found) throw refuse();
    holder[step] = found;
    return expandOne(sandbox, found, rest, path);
  }
  if (isObject(value)) return expandOne(sandbox, value, rest, path);
  if (value === undefined) throw refuse();
  // Null: there is nothing to be shown.
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;
