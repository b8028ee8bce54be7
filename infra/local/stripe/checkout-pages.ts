// The hosted checkout page: shows what is bought, takes a test card, goes through 3-D Secure, leads back to the shop.
import { Hono } from 'hono';
import type { Context } from 'hono';
import { html } from 'hono/html';
import { authenticateCheckout, lastDecline, methodToAuthenticate, payCheckout } from './checkout-payment.ts';
import type { CheckoutOutcome } from './checkout-payment.ts';
import type { CheckoutSession } from './checkout.ts';
import { alert, authenticationPage, cardForm, money, page, pageHeaders, readCard, testCardTable } from './pages.ts';
import type { Markup } from './pages.ts';
import type { Sandbox } from './sandbox.ts';

export function checkoutPages(sandbox: Sandbox): Hono {
  const app = new Hono();

  const open = async (context: Context): Promise<CheckoutSession | Response> => {
    const session = sandbox.store.find('checkout.session', context.req.param('id') ?? '');
    if (!session) return context.html(unknownPage(), 404, pageHeaders);
    return session.status === 'open' ? session : context.html(closedPage(session), 410, pageHeaders);
  };

  const answer = (context: Context, session: CheckoutSession, outcome: CheckoutOutcome) => {
    switch (outcome.state) {
      case 'paid':
        return context.redirect(outcome.redirectTo, 303);
      case 'requires_action':
        return context.redirect(`/c/${session.id}/authenticate`, 303);
      case 'declined':
        return context.html(payPage(session, outcome.message), 402, pageHeaders);
      case 'closed':
        return context.html(closedPage(sandbox.store.need('checkout.session', session.id)), 410, pageHeaders);
    }
  };

  app.get('/c/:id', async (context) => {
    const session = await open(context);
    if (session instanceof Response) return session;
    return context.html(payPage(session, lastDecline(sandbox, session)), 200, pageHeaders);
  });

  app.post('/c/:id', async (context) => {
    const form = await context.req.parseBody();
    const session = await open(context);
    if (session instanceof Response) return session;
    const card = readCard(form, sandbox.now(session.customer));
    if (typeof card === 'string') return context.html(payPage(session, card), 400, pageHeaders);
    const email = session.customer_details?.email ?? (typeof form['email'] === 'string' ? form['email'] : '');
    if (session.customer === null && !email.includes('@')) {
      return context.html(payPage(session, 'Your e-mail address is incomplete.'), 400, pageHeaders);
    }
    return answer(
      context,
      session,
      sandbox.store.act(() => payCheckout(sandbox, session.id, card, email)),
    );
  });

  app.get('/c/:id/authenticate', async (context) => {
    const session = await open(context);
    if (session instanceof Response) return session;
    if (methodToAuthenticate(sandbox, session) === undefined) return context.redirect(`/c/${session.id}`, 303);
    return context.html(authenticationPage(context.req.path, priceOf(session)), 200, pageHeaders);
  });

  app.post('/c/:id/authenticate', async (context) => {
    const { outcome } = await context.req.parseBody();
    const session = await open(context);
    if (session instanceof Response) return session;
    if (methodToAuthenticate(sandbox, session) === undefined) return context.redirect(`/c/${session.id}`, 303);
    const authentication = outcome === 'complete' ? 'passed' : 'failed';
    const done = sandbox.store.act(() => authenticateCheckout(sandbox, session.id, authentication));
    // Back on the page of the card, which says why; not on an address that another reload would post to again.
    if (done.state === 'declined') return context.redirect(`/c/${session.id}`, 303);
    return answer(context, session, done);
  });

  return app;
}

const priceOf = ({ amount_total: total, currency }: CheckoutSession): string =>
  `${money(total ?? 0, currency ?? 'eur')} per month`;

const payPage = (session: CheckoutSession, message: string | undefined): Markup =>
  page(
    'Subscribe to Varloom Premium',
    html`<p class="price">${priceOf(session)}</p>
      ${alert(message)}
      ${cardForm({
        action: `/c/${session.id}`,
        button: `Pay ${money(session.amount_total ?? 0, session.currency ?? 'eur')}`,
        email: session.customer_details?.email ?? null,
      })}
      ${session.cancel_url === null ? '' : html`<p><a href="${session.cancel_url}">Cancel and go back</a></p>`}
      ${testCardTable()}`,
  );

const closedPage = ({ status, cancel_url: back }: CheckoutSession): Markup =>
  page(
    status === 'complete' ? 'This checkout is paid' : 'This checkout has expired',
    html`<p>${status === 'complete' ? 'Nothing more is charged.' : 'Nothing was charged. Go back and begin again.'}</p>
      ${back === null ? '' : html`<p><a href="${back}">Go back</a></p>`}`,
  );

const unknownPage = (): Markup => page('No such checkout', html`<p>Its address is wrong.</p>`);
