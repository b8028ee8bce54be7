// What operators see of a subscription saga: what it is at, in plain words.

import { showDetails } from '../shown.ts';
import type { SubscriptionProgress } from './messages.ts';

const STEPS: Readonly<Record<SubscriptionProgress['step'], string>> = {
  reading: 'Reading what is paid for',
  'awaiting payment': 'Waits until the checkout is paid or expires',
  upgrading: 'Paid: the user becomes Premium',
  restoring: 'Archived results are brought back',
  'grace period': 'A payment failed: waits until it is made, or the grace period is over',
  downgrading: 'Not paid any more: the user becomes Free',
  retaining: 'Free again: results stay live until the retention window is over',
  archiving: 'Results go to the archive',
  undoing: 'Undoing an upgrade that could not be completed',
  done: 'Done',
};

export function goTo(progress: SubscriptionProgress, step: SubscriptionProgress['step']): void {
  progress.step = step;
  showDetails(STEPS[step]);
}
