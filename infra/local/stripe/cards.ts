// The test cards, and what each does. They are told apart by their last four digits, so that no number is ever stored.

export interface TestCard {
  number: string;
  brand: 'visa' | 'mastercard';
  /** What the page says of it. */
  does: string;
  /** How a charge of it is declined, if it is. `off_session`: only when the customer is not there. */
  decline?: { when: 'always' | 'off_session'; code: string; declineCode?: string; message: string };
  /** 3-D Secure: when set up, or at every charge. */
  authentication?: 'setup' | 'always';
  isDisputed?: true;
}

const declined = (declineCode: string, message = 'Your card was declined.') => ({
  when: 'always' as const,
  code: 'card_declined',
  declineCode,
  message,
});

export const testCards: readonly TestCard[] = [
  { number: '4242424242424242', brand: 'visa', does: 'succeeds' },
  { number: '5555555555554444', brand: 'mastercard', does: 'succeeds' },
  { number: '4000000000000002', brand: 'visa', does: 'is declined', decline: declined('generic_decline') },
  {
    number: '4000000000009995',
    brand: 'visa',
    does: 'is declined for insufficient funds',
    decline: declined('insufficient_funds', 'Your card has insufficient funds.'),
  },
  { number: '4000002500003155', brand: 'visa', does: 'asks for 3-D Secure when it is set up', authentication: 'setup' },
  { number: '4000002760003184', brand: 'visa', does: 'asks for 3-D Secure at every payment', authentication: 'always' },
  {
    number: '4000000000000341',
    brand: 'visa',
    does: 'pays the first time and fails on renewal',
    decline: { ...declined('generic_decline'), when: 'off_session' },
  },
  { number: '4000000000000259', brand: 'visa', does: 'pays and is then disputed', isDisputed: true },
  {
    number: '4000000000000069',
    brand: 'visa',
    does: 'is declined as expired',
    decline: { when: 'always', code: 'expired_card', message: 'Your card has expired.' },
  },
];

/** By the whole number, as typed; spaces do not count. */
export function cardByNumber(number: string): TestCard | undefined {
  const digits = number.replaceAll(/[\s-]/g, '');
  return testCards.find((card) => card.number === digits);
}

/** Of a stored payment method. Every one was made from a test card. */
export function cardByLast4(last4: string | undefined): TestCard {
  const card = testCards.find(({ number }) => number.slice(-4) === last4);
  if (!card) throw new Error(`no test card ends in ${last4}`);
  return card;
}

export const authenticationRequired = {
  when: 'always' as const,
  code: 'authentication_required',
  declineCode: 'authentication_required',
  message: 'Your card was declined. This transaction requires authentication.',
};

export const authenticationFailed = {
  when: 'always' as const,
  code: 'payment_intent_authentication_failure',
  declineCode: undefined,
  message: 'We are unable to authenticate your payment method. Please choose a different payment method and try again.',
};
export type Decline = NonNullable<TestCard['decline']>;
