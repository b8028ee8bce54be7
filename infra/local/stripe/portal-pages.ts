// What the billing portal shows: the plan and its renewal, the card, the invoices.
import { html } from 'hono/html';
import { cardFor } from './collection.ts';
import { alert, cardForm, day, money, page, testCardTable } from './pages.ts';
import type { Markup } from './pages.ts';
import type { Sandbox } from './sandbox.ts';
import type { StoredObjects } from './stored.ts';
import { itemOf } from './subscription-states.ts';

export interface PortalView {
  session: StoredObjects['billing_portal.session'];
  /** The path of the portal, under which its forms are posted. */
  base: string;
  message?: string;
}

export function portalPage(sandbox: Sandbox, { session, base, message }: PortalView): Markup {
  const { customer, return_url: back } = session;
  const current = sandbox.store
    .all('subscription', { customer })
    .filter(({ status }) => !['canceled', 'incomplete', 'incomplete_expired'].includes(status));
  const invoices = sandbox.store.all('invoice', { customer }).filter(({ status }) => status !== 'draft');
  return page(
    'Your plan and billing',
    html`${alert(message)} ${back === null ? '' : html`<p><a href="${back}">Return to Varloom</a></p>`}
    ${current.length === 0 ? html`<p>You have no subscription.</p>` : current.map((one) => plan(sandbox, one, base))}
    ${invoiceTable(invoices, base)}
    ${
      current.length === 0
        ? ''
        : html`<h2>Change the card</h2>
            ${cardForm({ action: `${base}/card`, button: 'Use this card' })} ${testCardTable()}`
    }`,
  );
}

function plan(sandbox: Sandbox, subscription: StoredObjects['subscription'], base: string): Markup {
  const { price, quantity = 1, current_period_end: end } = itemOf(subscription);
  const { cancel_at_period_end: ends, status, id } = subscription;
  const { name } = sandbox.store.need('product', price.product);
  const card = cardFor(sandbox, subscription)?.card;
  return html`<h2>${name}</h2>
    <dl>
      <dt>Price</dt>
      <dd>${money((price.unit_amount ?? 0) * quantity, price.currency)} per month</dd>
      <dt>State</dt>
      <dd>${status.replaceAll('_', ' ')}</dd>
      <dt>${ends ? 'Ends on' : 'Renews on'}</dt>
      <dd>${day(end)}</dd>
      <dt>Card</dt>
      <dd>${card ? `${card.brand} ending in ${card.last4}, good until ${card.exp_month}/${card.exp_year}` : 'none'}</dd>
    </dl>
    <form method="post" action="${base}/${ends ? 'resume' : 'cancel'}/${id}">
      <button class="plain" type="submit">${ends ? 'Resume the plan' : 'Cancel at the end of the period'}</button>
    </form>`;
}

const invoiceTable = (invoices: StoredObjects['invoice'][], base: string): Markup | '' =>
  invoices.length === 0
    ? ''
    : html`<h2 id="invoices">Invoices</h2>
        <table aria-labelledby="invoices">
          <thead>
            <tr>
              <th scope="col">Date</th>
              <th scope="col">Number</th>
              <th scope="col">Amount</th>
              <th scope="col">State</th>
            </tr>
          </thead>
          <tbody>
            ${invoices.map(
              (invoice) =>
                html`<tr>
                  <td>${day(invoice.created)}</td>
                  <td><a href="/i/${invoice.id}?back=${encodeURIComponent(base)}">${invoice.number}</a></td>
                  <td class="number">${money(invoice.total, invoice.currency)}</td>
                  <td>${invoice.status === 'open' ? 'to be paid' : invoice.status}</td>
                </tr>`,
            )}
          </tbody>
        </table>`;

export const portalGonePage = (): Markup =>
  page('This link has expired', html`<p>Go back to Varloom and open billing again.</p>`);
