// An upgrade that is not complete: what it has done so far, and how all of it is undone.

import { billing } from '../activities.ts';
import { Compensations, type Undo } from '../compensation.ts';
import type { UnderWay, UpgradeThenRestoreOutcome } from './messages.ts';

export type UndoReason = 'cancelled' | 'disputed' | 'plan_failed';

/** How a saga ends that has undone an upgrade. */
export const UNDONE = {
  cancelled: 'undone: the upgrade was cancelled half-way',
  disputed: 'undone: the payment was disputed',
  plan_failed: 'undone: the plan could not be changed',
} as const satisfies Record<UndoReason, UpgradeThenRestoreOutcome>;

export type Refund = { amount: number; currency: string } | null;

export class IncompleteUpgrade {
  readonly #undo = new Compensations();
  #isPaymentUndone = true;
  #refunded: Refund = null;
  /** Carried from run to run; undefined when there is no upgrade, or it is complete. */
  underWay: UnderWay | undefined;

  constructor(underWay: UnderWay | undefined) {
    this.underWay = underWay;
  }

  /** True when a payment may have been made that would have to be given back. */
  get mayHavePaid(): boolean {
    return !this.#isPaymentUndone;
  }

  undoLater(undo: Undo): void {
    this.#undo.add(undo);
  }

  undoPaymentLater(customerId: string): void {
    if (!this.#isPaymentUndone) return;
    this.#isPaymentUndone = false;
    this.#undo.add({
      what: 'nothing was paid',
      run: async () => {
        const { refunded } = await billing['billing.subscription.undo']({ customerId, subscriptionIds: null });
        this.#refunded = refunded;
      },
    });
  }

  /** What was done so far is to stay. */
  keep(): void {
    this.#undo.clear();
    this.#isPaymentUndone = true;
    this.#refunded = null;
    this.underWay = undefined;
  }

  /** Undoes everything, and answers what was paid back. */
  async undo(): Promise<Refund> {
    await this.#undo.run();
    return this.#refunded;
  }
}
