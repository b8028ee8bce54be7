// The hosted page of an invoice: shows it, and takes a card while it is open.
import { Hono } from 'hono';
import type { Context } from 'hono';
import { html } from 'hono/html';
import { collect } from './collection.ts';
import { intentOf } from './invoices.ts';
import type { Invoice } from './invoices.ts';
import {
  alert,
  authenticationPage,
  cardForm,
  day,
  money,
  page,
  pageHeaders,
  readCard,
  testCardTable,
} from './pages.ts';
import type { Markup } from './pages.ts';
import { createPaymentMethod } from './payment-methods.ts';
import type { Attempt } from './payments.ts';
import type { Sandbox } from './sandbox.ts';

export function invoicePages(sandbox: Sandbox): Hono {
  const app = new Hono();
  const find = (context: Context) => {
    const invoice = sandbox.store.find('invoice', context.req.param('id') ?? '');
    return invoice?.status === 'draft' ? undefined : invoice;
  };
  const gone = (context: Context) =>
    context.html(page('No such invoice', html`<p>Its address is wrong.</p>`), 404, pageHeaders);
  /** Only a path of the portal: this page sends nobody elsewhere. */
  const backOf = (context: Context) => {
    const back = context.req.query('back');
    return back !== undefined && /^\/p\/\w+$/.test(back) ? back : undefined;
  };
  const show = (context: Context, invoice: Invoice, message?: string, status: 200 | 400 | 402 = 200) =>
    context.html(invoicePage(invoice, message, backOf(context)), status, pageHeaders);

  const pay = (context: Context, invoice: Invoice, method: string, attempt: Attempt) => {
    const path = `/i/${invoice.id}`;
    const outcome = sandbox.store.act(() =>
      collect(sandbox, invoice, sandbox.store.need('payment_method', method), attempt),
    );
    if (outcome === 'requires_action') return context.redirect(`${path}/authenticate`, 303);
    if (outcome === 'succeeded') return context.redirect(path, 303);
    return show(context, invoice, intentOf(sandbox, invoice.id).last_payment_error?.message, 402);
  };

  app.get('/i/:id', (context) => {
    const invoice = find(context);
    return invoice ? show(context, invoice) : gone(context);
  });

  app.post('/i/:id', async (context) => {
    const form = await context.req.parseBody();
    const invoice = find(context);
    if (!invoice) return gone(context);
    if (invoice.status !== 'open' || invoice.customer === null) return show(context, invoice);
    const { customer } = invoice;
    const card = readCard(form, sandbox.now(customer));
    if (typeof card === 'string') return show(context, invoice, card, 400);
    const method = sandbox.store.act(() => createPaymentMethod(sandbox, customer, card));
    return pay(context, invoice, method.id, { session: 'on' });
  });

  app.get('/i/:id/authenticate', (context) => {
    const invoice = find(context);
    if (!invoice || intentOf(sandbox, invoice.id).status !== 'requires_action') return gone(context);
    const what = money(invoice.total, invoice.currency);
    return context.html(authenticationPage(context.req.path, what), 200, pageHeaders);
  });

  app.post('/i/:id/authenticate', async (context) => {
    const { outcome } = await context.req.parseBody();
    const invoice = find(context);
    if (!invoice) return gone(context);
    const { status, payment_method: method } = intentOf(sandbox, invoice.id);
    if (status !== 'requires_action' || method === null) return show(context, invoice);
    const authentication = outcome === 'complete' ? 'passed' : 'failed';
    return pay(context, invoice, method, { session: 'on', authentication });
  });

  return app;
}

const invoicePage = (invoice: Invoice, message: string | undefined, back: string | undefined): Markup =>
  page(
    `Invoice ${invoice.number}`,
    html`${alert(message)}
      <dl>
        <dt>Date</dt>
        <dd>${day(invoice.created)}</dd>
        <dt>For</dt>
        <dd>${invoice.lines.data.map(({ description }) => description).join(', ')}</dd>
        <dt>Amount</dt>
        <dd>${money(invoice.total, invoice.currency)}</dd>
        <dt>State</dt>
        <dd>${invoice.status === 'open' ? 'to be paid' : invoice.status}</dd>
      </dl>
      ${
        invoice.status === 'open'
          ? html`${cardForm({ action: `/i/${invoice.id}`, button: `Pay ${money(invoice.total, invoice.currency)}` })}
            ${testCardTable()}`
          : ''
      }
      ${back === undefined ? '' : html`<p><a href="${back}">Back to billing</a></p>`}`,
  );
