// What the hosted pages have in common: the frame, the notice, the form for a card, the page of 3-D Secure.
import { html, raw } from 'hono/html';
import { cardByNumber, testCards } from './cards.ts';
import type { TypedCard } from './payment-methods.ts';

export type Markup = ReturnType<typeof html>;

const style = `
  :root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
  body { margin: 0 auto; max-width: 34rem; padding: 2rem 1rem; }
  h1 { font-size: 1.6rem; line-height: 1.25; margin-block: 1rem 0.5rem; }
  h2 { font-size: 1.15rem; margin-block: 2rem 0.5rem; }
  .notice { border-inline-start: 0.25rem solid #b45309; padding-inline-start: 0.75rem; }
  .alert { border: 0.1rem solid #b91c1c; border-radius: 0.4rem; padding: 0.6rem 0.8rem; }
  .price { font-size: 1.3rem; font-weight: 600; margin-block: 0; }
  .row { display: flex; gap: 1rem; }
  .row > * { flex: 1; min-inline-size: 0; }
  label { display: block; font-weight: 600; margin-block: 0.9rem 0.2rem; }
  input { box-sizing: border-box; font: inherit; inline-size: 100%; padding: 0.5rem 0.6rem; }
  button { font: inherit; font-weight: 600; cursor: pointer; border: 0; border-radius: 0.4rem; padding: 0.65rem 1rem;
    background: #1d4ed8; color: #fff; margin-block-start: 1rem; }
  .choices { display: flex; flex-wrap: wrap; column-gap: 0.75rem; }
  button.plain { background: transparent; color: inherit; border: 0.1rem solid; }
  .wide { inline-size: 100%; }
  a { color: light-dark(#1d4ed8, #93c5fd); }
  :focus-visible { outline: 0.2rem solid #2563eb; outline-offset: 0.15rem; }
  table { border-collapse: collapse; inline-size: 100%; }
  th, td { text-align: start; padding: 0.35rem 0.6rem 0.35rem 0; border-block-end: 0.06rem solid #8886; }
  td.number { font-variant-numeric: tabular-nums; white-space: nowrap; }
  dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.25rem 1rem; margin: 0; }
  dd { margin: 0; }`;

export const page = (title: string, body: Markup): Markup =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Payment sandbox</title>
        <style>
          ${raw(style)}
        </style>
      </head>
      <body>
        <main>
          <p class="notice"><strong>Payment sandbox.</strong> No money moves here, and only the test cards work.</p>
          <h1>${title}</h1>
          ${body}
        </main>
      </body>
    </html>`;

/** Of every hosted page. Without `form-action`: browsers would hold it against the way back to the shop as well. */
export const pageHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

export const alert = (message: string | undefined): Markup | '' =>
  message === undefined ? '' : html`<p class="alert" role="alert">${message}</p>`;

export interface CardForm {
  /** Where it is posted to. */
  action: string;
  button: string;
  /** Shown, or asked for when it is not known; undefined when the form has nothing to do with it. */
  email?: string | null;
}

export const cardForm = ({ action, button, email }: CardForm): Markup =>
  html`<form method="post" action="${action}">
    ${
      email === undefined
        ? ''
        : html`<label for="email">E-mail</label>
            <input
              id="email"
              name="email"
              type="email"
              autocomplete="email"
              required
              value="${email ?? ''}"
              ${email === null ? '' : 'readonly'}
            />`
    }
    <label for="number">Card number</label>
    <input
      id="number"
      name="number"
      inputmode="numeric"
      autocomplete="off"
      placeholder="4242 4242 4242 4242"
      required
    />
    <div class="row">
      <div>
        <label for="expiry">Expiry (MM/YY)</label>
        <input id="expiry" name="expiry" inputmode="numeric" autocomplete="off" placeholder="12/34" required />
      </div>
      <div>
        <label for="cvc">CVC</label>
        <input id="cvc" name="cvc" inputmode="numeric" autocomplete="off" placeholder="123" required />
      </div>
    </div>
    <button class="wide" type="submit">${button}</button>
  </form>`;

export const testCardTable = (): Markup =>
  html`<h2 id="test-cards">Test cards</h2>
    <p>Any expiry in the future, any CVC.</p>
    <table aria-labelledby="test-cards">
      <thead>
        <tr>
          <th scope="col">Card number</th>
          <th scope="col">What it does</th>
        </tr>
      </thead>
      <tbody>
        ${testCards.map(
          ({ number, does }) =>
            html`<tr>
              <td class="number">${number.replaceAll(/(\d{4})(?=\d)/g, '$1 ')}</td>
              <td>${does}</td>
            </tr>`,
        )}
      </tbody>
    </table>`;

/** What the card's bank would show. Posts `outcome`: `complete` or `fail`. */
export const authenticationPage = (action: string, what: string): Markup =>
  page(
    'Authenticate with your bank',
    html`<p>This card asks for 3-D Secure. This page stands in for your bank's. To confirm: ${what}.</p>
      <form class="choices" method="post" action="${action}">
        <button type="submit" name="outcome" value="complete">Complete authentication</button>
        <button class="plain" type="submit" name="outcome" value="fail">Fail authentication</button>
      </form>`,
  );

/** Answers a card, or what is wrong with what was typed, in words for the customer. */
export function readCard(form: Record<string, unknown>, nowSeconds: number): TypedCard | string {
  const field = (name: string) => (typeof form[name] === 'string' ? form[name].trim() : '');
  const number = field('number').replaceAll(/[\s-]/g, '');
  if (!/^\d{12,19}$/.test(number) || !hasCheckDigit(number)) return 'Your card number is invalid.';
  if (!cardByNumber(number)) {
    return 'Your card was declined. This is a sandbox: use one of the test cards below.';
  }
  const expiry = /^(\d{1,2})\s*\/\s*(?:20)?(\d{2})$/.exec(field('expiry'));
  const [expiryMonth, expiryYear] = [Number(expiry?.[1]), 2000 + Number(expiry?.[2])];
  if (!expiry || expiryMonth < 1 || expiryMonth > 12) return "Your card's expiration date is incomplete.";
  // A card is good to the end of its month.
  if (Date.UTC(expiryYear, expiryMonth) <= nowSeconds * 1000) return "Your card's expiration date is in the past.";
  if (!/^\d{3,4}$/.test(field('cvc'))) return "Your card's security code is incomplete.";
  return { number, expiryMonth, expiryYear };
}

function hasCheckDigit(number: string): boolean {
  const digits = [...number].reverse().map(Number);
  const sum = digits.reduce((total, digit, place) => {
    const weighted = place % 2 === 1 ? digit * 2 : digit;
    return total + (weighted > 9 ? weighted - 9 : weighted);
  }, 0);
  return sum % 10 === 0;
}

export const money = (cents: number, currency: string): string =>
  new Intl.NumberFormat('en-IE', { style: 'currency', currency: currency.toUpperCase() }).format(cents / 100);

export const day = (seconds: number): string =>
  new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' }).format(seconds * 1000);
