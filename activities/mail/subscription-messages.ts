// The words of each message about a subscription. Times are shown in UTC, money in the payer's currency.

import type { Content, Letter } from './layout.ts';
import { render } from './layout.ts';
import type { SubscriptionMail } from './subscription-mail.ts';

type FactsOf<Kind extends SubscriptionMail['kind']> = Extract<SubscriptionMail, { kind: Kind }>['facts'];
type Words = Pick<Letter, 'subject' | 'lines' | 'linkText' | 'after'>;

/** `billingUrl` is the page of plan and payments. */
export function subscriptionContentOf(
  mail: SubscriptionMail,
  recipientName: string | null,
  billingUrl: string,
): Content {
  return render({
    ...wordsOf(mail),
    recipientName,
    link: billingUrl,
    why: 'You get this message because of your Varloom subscription.',
  });
}

function wordsOf(mail: SubscriptionMail): Words {
  switch (mail.kind) {
    case 'subscription.restored':
      return restored(mail.facts);
    case 'subscription.payment_failed':
      return paymentFailed(mail.facts);
    case 'subscription.ended':
      return ended(mail.facts);
    case 'subscription.undone':
      return undone(mail.facts);
  }
}

function restored({ total, restored: back, failed }: FactsOf<'subscription.restored'>): Words {
  return {
    subject: 'Welcome to Premium',
    lines: [
      'Your plan is Premium now: your results stay, and your files may be larger.',
      ...(total === 0 ? [] : [howMany(back, total)]),
      ...(failed === 0
        ? []
        : [
            `${failed === 1 ? 'One result' : `${count(failed)} results`} could not be restored yet. Nothing is lost: the archived copy stays, the operators see it, and you can have it tried again on the page of the job.`,
          ]),
      'Your plan and your invoices are here:',
    ],
    linkText: 'Open plan and billing',
  };
}

function howMany(back: number, total: number): string {
  if (total === 1 && back === 1) return 'Your archived result can be downloaded again.';
  if (back === total) return `All ${count(total)} archived results can be downloaded again.`;
  return `${count(back)} of ${count(total)} archived results can be downloaded again.`;
}

const PAYMENT_FAILED = [
  'The payment for Premium failed',
  'Reminder: the payment for Premium failed',
  'Last reminder: the payment for Premium failed',
] as const;

function paymentFailed({ graceEndsAt, reminder }: FactsOf<'subscription.payment_failed'>): Words {
  return {
    subject: PAYMENT_FAILED[reminder - 1] ?? PAYMENT_FAILED[0],
    lines: [
      'The payment for your Premium subscription could not be collected.',
      `Premium stays until ${time(graceEndsAt)}. Check your card, or pay with another one, here:`,
    ],
    linkText: 'Open plan and billing',
    after: 'If it is not paid by then, Premium ends, and your results are archived some time later.',
  };
}

function ended({ archiveDueAt }: FactsOf<'subscription.ended'>): Words {
  return {
    subject: 'Premium has ended',
    lines: [
      'Your Premium subscription has ended: you are on the Free plan.',
      ...(archiveDueAt === null
        ? []
        : [`Your results can be downloaded until ${time(archiveDueAt)}; then they are archived. Their logs stay.`]),
      'To keep your results at hand, download them before that, or take Premium again here:',
    ],
    linkText: 'Open plan and billing',
    after: 'Archived results are kept. With Premium they come back.',
  };
}

function undone({ reason, refunded }: FactsOf<'subscription.undone'>): Words {
  const paidBack = refunded
    ? [`${money(refunded)} are paid back to you; with some banks that takes a few days.`]
    : undefined;
  const results = 'Your results are where they were before.';
  switch (reason) {
    case 'cancelled':
      return {
        subject: 'Your upgrade was cancelled',
        lines: [
          'Your upgrade to Premium was cancelled before it was complete: you are on the Free plan.',
          ...(paidBack ?? ['You are not charged.']),
          'Your plan and your invoices are here:',
        ],
        linkText: 'Open plan and billing',
        after: results,
      };
    case 'plan_failed':
      return {
        subject: 'Your upgrade did not succeed',
        lines: [
          'Your plan could not be changed to Premium, and all of it was undone. That is our fault, and the operators see it.',
          ...(paidBack ?? ['You are not charged.']),
          'You can try again here:',
        ],
        linkText: 'Open plan and billing',
        after: results,
      };
    case 'disputed':
      return {
        subject: 'Premium has ended: the payment was disputed',
        lines: [
          'Your bank took a payment for Premium back, because it was disputed. The subscription is cancelled: you are on the Free plan, and nothing more is charged.',
          ...(paidBack ?? []),
          'If that was a mistake, you can take Premium again here:',
        ],
        linkText: 'Open plan and billing',
      };
  }
}

const count = (number: number): string => number.toLocaleString('en');
const time = (iso: string): string => new Date(iso).toUTCString();

/** `amount` in the currency's smallest unit. */
function money({ amount, currency }: { amount: number; currency: string }): string {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency, currencyDisplay: 'code' });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(amount / 10 ** digits).replaceAll('\u00a0', ' ');
}
