// The settings of the delivery review: the gateway says what the workers hold to.

import { BadSettings, wholeNumber } from './settings.ts';

const DAY_SECONDS = 24 * 3600;

export const reviewSettings = {
  /** How old the sign-in under a signature may be. */
  SIGNATURE_MAX_AGE_SECONDS: wholeNumber(1, 30 * DAY_SECONDS).default(900),
  /** After how long the reviewers of a waiting sample are reminded. */
  REVIEW_REMINDER_SECONDS: wholeNumber(1, 365 * DAY_SECONDS).default(DAY_SECONDS),
  /** After how long the directors are told: when its review is due. */
  REVIEW_ESCALATION_SECONDS: wholeNumber(1, 365 * DAY_SECONDS).default(3 * DAY_SECONDS),
  /** How long a reviewer who has claimed a sample keeps the others away. */
  REVIEW_CLAIM_SECONDS: wholeNumber(1, 365 * DAY_SECONDS).default(8 * 3600),
};

/** @throws BadSettings */
export function refuseUnorderedReviewTimes(settings: {
  REVIEW_REMINDER_SECONDS: number;
  REVIEW_ESCALATION_SECONDS: number;
}): void {
  if (settings.REVIEW_ESCALATION_SECONDS >= settings.REVIEW_REMINDER_SECONDS) return;
  throw new BadSettings('REVIEW_ESCALATION_SECONDS must be REVIEW_REMINDER_SECONDS or more');
}
