// The words of each message about a review and a delivery. Nothing in them tells one sample from another: mail is read by
// many machines.

import type { ReviewLevel } from '../../domain/review.ts';
import { render, shown, type Content, type Letter } from './layout.ts';
import type { DeliveryMail, ReviewMail } from './review-mail.ts';

type InternalMail = ReviewMail | Exclude<DeliveryMail, { kind: 'delivery.released' }>;
type Words = Pick<Letter, 'subject' | 'lines' | 'linkText' | 'after'>;

/** `page` is the page of the delivery. */
export function reviewContentOf(mail: InternalMail, recipientName: string | null, page: string): Content {
  return render({
    ...wordsOf(mail),
    recipientName,
    link: page,
    why: 'You get this message because of your role in the laboratory.',
  });
}

function wordsOf(mail: InternalMail): Words {
  switch (mail.kind) {
    case 'review.reminder':
      return {
        subject: 'Reminder: a sample waits for your review',
        lines: [`A sample waits for a decision by ${WHO[mail.level]}. You can take it here:`],
        linkText: 'Open the delivery',
        after: 'One decision is enough: when a colleague has taken it, there is nothing left to do.',
      };
    case 'review.escalation':
      return {
        subject: 'A sample has waited too long for its review',
        lines: [
          `A sample still waits for a decision by ${WHO[mail.level]}, who were reminded before.`,
          'You can see who may decide, and since when it waits, here:',
        ],
        linkText: 'Open the delivery',
        after: 'Somebody who is away can name a delegate, and an administrator can give the role to somebody else.',
      };
    case 'delivery.ready':
      return {
        subject: 'A delivery is ready to be released',
        lines: [
          'Every sample of the delivery is decided. Nothing goes to the partner until a director releases it here:',
        ],
        linkText: 'Open the delivery',
      };
    case 'delivery.release_failed':
      return {
        subject: 'A delivery could not be released',
        lines: [
          'The partner could be reached neither by webhook nor by mail, and the release was taken back: the links are gone, and the delivery is ready again.',
          "Check the partner's addresses, then release it once more here:",
        ],
        linkText: 'Open the delivery',
      };
  }
}

const WHO: Record<ReviewLevel, string> = {
  technical: 'a technical reviewer',
  licensed: 'licensed personnel',
  director: 'a lab director',
};

/** To the partner. `manifest` is the endpoint that lists what is delivered. */
export function deliveryReleasedContent(
  { name, laboratory }: { name: string | null; laboratory: string },
  manifest: string,
): Content {
  return render({
    subject: 'A delivery is ready for you',
    recipientName: name,
    lines: [
      `${shown(laboratory)} has released a delivery to you. With your access token, your programs find its manifest, with links and checksums, here:`,
    ],
    link: manifest,
    linkText: 'The manifest of the delivery',
    after: 'Please acknowledge the delivery when you have it: the links are valid for a limited time.',
    why: `You get this message because ${shown(laboratory)} delivers results to you.`,
  });
}
