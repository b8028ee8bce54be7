// The billing portal: sessions by the API, and the page where a customer cancels, resumes and changes the card.
import { Hono } from 'hono';
import type { Context } from 'hono';
import { z } from 'zod';
import { cardByLast4, cardByNumber } from './cards.ts';
import { endpoint, existing } from './endpoint.ts';
import { text, url } from './form.ts';
import { authenticationPage, pageHeaders, readCard } from './pages.ts';
import { portalPage, portalGonePage } from './portal-pages.ts';
import { createPaymentMethod } from './payment-methods.ts';
import type { Sandbox } from './sandbox.ts';
import { newId, randomName } from './stored.ts';
import type { StoredObjects } from './stored.ts';
import { updateSubscription } from './subscriptions.ts';

/** How long a link to the portal is good. */
const LINK_SECONDS = 3600;

const creation = z.strictObject({ customer: text, return_url: url.optional(), locale: text.optional() });

export const portalEndpoints = [
  endpoint('post', '/v1/billing_portal/sessions', creation, (sandbox, given) => {
    existing(sandbox, 'customer', given.customer, 'customer', 'customer');
    const id = newId('billing_portal.session');
    return sandbox.insert('billing_portal.session', {
      id,
      object: 'billing_portal.session',
      configuration: 'bpc_varloom',
      created: sandbox.now(given.customer),
      customer: given.customer,
      customer_account: null,
      flow: null,
      livemode: false,
      locale: null,
      on_behalf_of: null,
      return_url: given.return_url ?? null,
      // Its id is written in logs; the link is a secret of its own.
      url: `${sandbox.endpoint}/p/${id}_${randomName(24)}`,
    });
  }),
];

type PortalSession = StoredObjects['billing_portal.session'];

export function portalPages(sandbox: Sandbox): Hono {
  const app = new Hono();

  const open = async (context: Context): Promise<PortalSession | Response> => {
    const secret = context.req.param('secret') ?? '';
    const session = sandbox.store.find('billing_portal.session', secret.replace(/_[^_]*$/, ''));
    const isGood =
      session?.url.endsWith(`/p/${secret}`) && sandbox.now(session.customer) < session.created + LINK_SECONDS;
    return session && isGood ? session : context.html(portalGonePage(), 410, pageHeaders);
  };
  const show = (context: Context, session: PortalSession, message?: string, status: 200 | 400 | 402 = 200) => {
    const base = new URL(session.url).pathname;
    return context.html(portalPage(sandbox, { session, base, message }), status, pageHeaders);
  };
  const home = ({ url: address }: PortalSession) => new URL(address).pathname;

  app.get('/p/:secret', async (context) => {
    const session = await open(context);
    return session instanceof Response ? session : show(context, session);
  });

  for (const [action, cancels] of [
    ['cancel', true],
    ['resume', false],
  ] as const) {
    app.post(`/p/:secret/${action}/:subscription`, async (context) => {
      const session = await open(context);
      if (session instanceof Response) return session;
      const subscription = sandbox.store.find('subscription', context.req.param('subscription'));
      if (
        subscription?.customer !== session.customer ||
        ['canceled', 'incomplete_expired'].includes(subscription.status)
      ) {
        return show(context, session, 'There is no such subscription any more.', 400);
      }
      sandbox.store.act(() => updateSubscription(sandbox, { cancel_at_period_end: cancels }, subscription.id));
      return context.redirect(home(session), 303);
    });
  }

  app.post('/p/:secret/card', async (context) => {
    const form = await context.req.parseBody();
    const session = await open(context);
    if (session instanceof Response) return session;
    const typed = readCard(form, sandbox.now(session.customer));
    if (typeof typed === 'string') return show(context, session, typed, 400);
    const card = cardByNumber(typed.number);
    if (card?.decline?.when === 'always') return show(context, session, card.decline.message, 402);
    const method = sandbox.store.act(() => createPaymentMethod(sandbox, session.customer, typed));
    if (card?.authentication) return context.redirect(`${home(session)}/authenticate/${method.id}`, 303);
    sandbox.store.act(() => useCard(sandbox, session.customer, method.id));
    return context.redirect(home(session), 303);
  });

  app.get('/p/:secret/authenticate/:method', async (context) => {
    const session = await open(context);
    if (session instanceof Response) return session;
    return context.html(authenticationPage(context.req.path, 'a card for later payments'), 200, pageHeaders);
  });

  app.post('/p/:secret/authenticate/:method', async (context) => {
    const { outcome } = await context.req.parseBody();
    const session = await open(context);
    if (session instanceof Response) return session;
    const method = sandbox.store.find('payment_method', context.req.param('method'));
    const isExpected = method?.customer === session.customer && cardByLast4(method.card?.last4).authentication;
    if (!method || !isExpected || outcome !== 'complete') {
      return show(context, session, 'Your card could not be authenticated. The card before stays in use.', 402);
    }
    sandbox.store.act(() => useCard(sandbox, session.customer, method.id));
    return context.redirect(home(session), 303);
  });

  return app;
}

/** From now on everything of the customer's is charged to this card. */
function useCard(sandbox: Sandbox, customer: string, method: string): void {
  const { invoice_settings: settings } = sandbox.store.need('customer', customer);
  const changes = { invoice_settings: { ...settings, default_payment_method: method } };
  sandbox.change('customer', customer, changes, 'customer.updated');
  for (const { id, status } of sandbox.store.all('subscription', { customer })) {
    if (['canceled', 'incomplete_expired', 'incomplete'].includes(status)) continue;
    sandbox.change('subscription', id, { default_payment_method: method }, 'customer.subscription.updated');
  }
}
