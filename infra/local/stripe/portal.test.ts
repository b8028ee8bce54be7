// The billing portal and the pages of invoices, by their forms.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { payOnPage } from './pay-on-page.ts';
import { DAY_SECONDS, goodCard, openShop } from './test-shop.ts';
import type { Shop } from './test-shop.ts';

let shop: Shop;
beforeEach(async () => {
  shop = await openShop();
});
afterEach(() => shop.sandbox.close());

async function openPortal(customer: string): Promise<string> {
  const returnUrl = 'https://shop.test/billing';
  return (await shop.stripe.billingPortal.sessions.create({ customer, return_url: returnUrl })).url;
}
const read = async (url: string) => (await fetch(url)).text();
const post = (url: string, fields: Record<string, string> = {}) =>
  fetch(url, { method: 'POST', body: new URLSearchParams(fields) });
const card = (number: string) => ({ number, expiry: '01/40', cvc: '123' });

test('cancelling at the end of the period, and resuming', async () => {
  const { customer, subscription } = await shop.subscribed();
  const portal = await openPortal(customer);
  expect(await read(portal)).toMatch(/Renews on[\s\S]*visa ending in 4242[\s\S]*-0001/);
  expect(await (await post(`${portal}/cancel/${subscription.id}`)).text()).toContain('Ends on');
  expect((await shop.stripe.subscriptions.retrieve(subscription.id)).cancel_at_period_end).toBe(true);
  expect(await (await post(`${portal}/resume/${subscription.id}`)).text()).toContain('Renews on');
  const resumed = await shop.stripe.subscriptions.retrieve(subscription.id);
  expect(resumed).toMatchObject({ cancel_at_period_end: false, cancel_at: null, canceled_at: null });
});

test('another card: refused, authenticated or taken; renewals are charged to it', async () => {
  const { customer, subscription } = await shop.subscribed('4000000000000341');
  const portal = await openPortal(customer);
  const cardOf = async () =>
    (await shop.stripe.subscriptions.retrieve(subscription.id, { expand: ['default_payment_method'] }))
      .default_payment_method;
  const refused = await post(`${portal}/card`, card('4000000000000002'));
  expect([refused.status, await refused.text()]).toEqual([402, expect.stringContaining('Your card was declined.')]);
  const typo = await post(`${portal}/card`, card('4242424242424241'));
  expect([typo.status, await typo.text()]).toEqual([400, expect.stringContaining('Your card number is invalid.')]);
  const asks = await post(`${portal}/card`, card('4000002500003155'));
  expect(await cardOf()).toMatchObject({ card: { last4: '0341' } });
  expect(await (await post(asks.url, { outcome: 'complete' })).text()).toContain('ending in 3155');
  sandboxMonth();
  expect((await shop.stripe.invoices.list({ customer })).data.map(({ status }) => status)).toEqual(['paid', 'paid']);
  await post(`${portal}/card`, card(goodCard));
  expect(await cardOf()).toMatchObject({ card: { last4: '3155' } }); // the link is good for an hour
  await post(`${await openPortal(customer)}/card`, card(goodCard));
  expect(await cardOf()).toMatchObject({ card: { last4: '4242' } });
});

test('the open invoice is reached from the portal, and paid with 3-D Secure', async () => {
  const { customer } = await shop.subscribed('4000000000000341');
  sandboxMonth();
  const portal = await openPortal(customer);
  const [, path = ''] = /href="(\/i\/[^"]*)"[^>]*>[^<]*-0002/.exec(await read(portal)) ?? [];
  const page = new URL(path.replaceAll('&amp;', '&'), portal);
  expect(await read(page.href)).toMatch(/to be paid[\s\S]*Back to billing/);
  const invoice = page.origin + page.pathname;
  expect(await payOnPage(invoice, '4000002760003184', { authentication: 'fail' })).toMatchObject({ status: 402 });
  expect(await payOnPage(invoice, '4000002760003184')).toMatchObject({ status: 200, alert: null });
  expect(await read(invoice)).not.toContain('Card number');
  expect((await shop.stripe.subscriptions.list({ customer })).data.map(({ status }) => status)).toEqual(['active']);
});

test('a wrong link, and a subscription of somebody else, lead nowhere', async () => {
  const { customer } = await shop.subscribed();
  const other = await shop.subscribed();
  const portal = await openPortal(customer);
  expect((await fetch(`${portal}x`)).status).toBe(410);
  expect((await post(`${portal}/cancel/${other.subscription.id}`)).status).toBe(400);
  expect((await shop.stripe.subscriptions.retrieve(other.subscription.id)).cancel_at_period_end).toBe(false);
  expect((await fetch(`${shop.sandbox.endpoint}/c/cs_test_none`)).status).toBe(404);
  expect((await fetch(`${shop.sandbox.endpoint}/i/in_none`)).status).toBe(404);
});

test('the checkout page: labelled, escaped, and open only to what a card can be', async () => {
  const { url, session } = await shop.checkout({ cancel_url: 'https://shop.test/back?a="><script>' });
  const response = await fetch(url);
  const html = await response.text();
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
  for (const field of ['email', 'number', 'expiry', 'cvc']) {
    expect(html).toMatch(new RegExp(`<label for="${field}">[\\s\\S]*<input\\s+id="${field}"`));
  }
  expect(html).toContain('ada@varloom.test');
  expect(html).not.toContain('"><script>');
  for (const [fields, alert] of [
    [{ ...card('4111111111111111') }, 'use one of the test cards'],
    [{ ...card(goodCard), expiry: '01/20' }, 'in the past'],
    [{ ...card(goodCard), expiry: '13/40' }, 'incomplete'],
    [{ ...card(goodCard), cvc: '' }, 'security code'],
  ] as const) {
    const answer = await post(url, fields);
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining(alert)]);
  }
  expect((await shop.stripe.checkout.sessions.retrieve(session.id)).subscription).toBeNull();
});

function sandboxMonth(): void {
  shop.sandbox.clock.advance(31 * DAY_SECONDS + 60);
}
