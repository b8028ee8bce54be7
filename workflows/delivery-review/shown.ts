// What operators see of a delivery's saga: what it is at, in plain words.

import type { DeliveryState } from '../../domain/review.ts';

export const STEPS: Readonly<Record<DeliveryState, string>> = {
  in_review: 'Waits until every sample is reviewed',
  ready: 'Every sample is reviewed; waits for a director to release it or call it back',
  releasing: 'The partner is told',
  released: 'Released; waits until the partner has acknowledged it',
  recalled: 'Called back: reviews are ended',
  acknowledged: 'Done: the partner has acknowledged it',
  closed: 'Done: closed without an acknowledgement',
};
