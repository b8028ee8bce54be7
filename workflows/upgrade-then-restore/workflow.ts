// Saga 2, `subscription/<userId>` on queue `orchestration`: brings a user's plan and results to what the user has paid
// for. Started by the gateway with every message for it: a person's wish to pay, to cancel or to manage, and a notice of
// the payment service; and by reconciliation. It ends when there is nothing to do, until the next message.

import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  log,
  setHandler,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import type { UserId } from '../../domain/ids.ts';
import { billing, records } from '../activities.ts';
import { decided } from '../decided.ts';
import { showOwner } from '../shown.ts';
import { AccountInbox, type Account } from './account.ts';
import { IncompleteUpgrade, UNDONE, type UndoReason } from './incomplete.ts';
import {
  subscriptionProgressQuery,
  type SubscriptionProgress,
  type UpgradeThenRestoreInput,
  type UpgradeThenRestoreOutcome,
} from './messages.ts';
import { archiveDue, restoreWaiting } from './restoring.ts';
import { goTo } from './shown.ts';
import { tellOwner } from './tell-owner.ts';
import { whileWanted } from './while-wanted.ts';

const DAY_MS = 24 * 3600 * 1000;
/** The payment service's clock and Temporal's differ by less. */
const CHECKOUT_SLACK_MS = 60_000;

export async function upgradeThenRestore(input: UpgradeThenRestoreInput): Promise<UpgradeThenRestoreOutcome> {
  const saga = new SubscriptionSaga(input);
  try {
    for (;;) {
      const outcome = await saga.converge();
      if (outcome === 'look again') continue;
      await condition(allHandlersFinished);
      if (!saga.hasNews) return saga.end(outcome);
    }
  } catch (error) {
    if (!isCancellation(error)) throw error;
    const outcome = await saga.giveUp();
    if (outcome === undefined) throw error;
    return outcome;
  }
}

class SubscriptionSaga {
  readonly #userId: UserId;
  readonly #inbox: AccountInbox;
  readonly #progress: SubscriptionProgress = { step: 'reading', restore: null };
  readonly #incomplete: IncompleteUpgrade;
  #undone: UpgradeThenRestoreOutcome | undefined;

  constructor({ userId, underWay }: UpgradeThenRestoreInput) {
    this.#userId = userId;
    this.#incomplete = new IncompleteUpgrade(underWay);
    this.#inbox = new AccountInbox(userId, (customerId) => this.#incomplete.undoPaymentLater(customerId));
    setHandler(subscriptionProgressQuery, () => this.#progress);
  }

  get hasNews(): boolean {
    return this.#inbox.hasNews;
  }

  end(outcome: UpgradeThenRestoreOutcome): UpgradeThenRestoreOutcome {
    goTo(this.#progress, 'done');
    return outcome;
  }

  /** One step towards what is paid for. */
  async converge(): Promise<UpgradeThenRestoreOutcome | 'look again'> {
    if (workflowInfo().continueAsNewSuggested && !this.#inbox.isCancelAsked) await this.#goOnInNewRun();
    goTo(this.#progress, 'reading');
    const account = await this.#read();
    const { standing } = account;
    switch (standing.kind) {
      case 'awaiting_payment':
        return this.#awaitPayment(account, standing.checkout);
      case 'premium':
        return this.#upgrade(account, standing.subscription.subscriptionId);
      case 'past_due':
        return this.#giveGrace(account, standing.subscription.subscriptionId);
      case 'disputed':
        return this.#takeBack(account, standing.subscription.subscriptionId);
      case 'free':
        return account.plan === 'premium' ? this.#downgrade(account) : this.#archive(account);
    }
  }

  /** After a cancellation of the saga itself. Undefined when there was nothing to undo. */
  async giveUp(): Promise<UpgradeThenRestoreOutcome | undefined> {
    return CancellationScope.nonCancellable(async () => {
      const outcome = this.#incomplete.mayHavePaid ? await this.#undoUpgrade('cancelled') : undefined;
      await condition(allHandlersFinished);
      return outcome;
    });
  }

  async #read(): Promise<Account> {
    const account = await this.#inbox.read();
    showOwner(account.organizationId);
    const { customerId, duplicates } = account;
    if (customerId !== null && duplicates.length > 0) {
      log.warn('Paid twice: the later subscription is cancelled and refunded');
      await decided(() => billing['billing.subscription.undo']({ customerId, subscriptionIds: duplicates }));
    }
    return account;
  }

  async #awaitPayment(
    { customerId }: Account,
    checkout: { sessionId: string; expiresAt: string },
  ): Promise<'look again'> {
    goTo(this.#progress, 'awaiting payment');
    if (customerId !== null) this.#incomplete.undoPaymentLater(customerId);
    await this.#inbox.waitForNews(Date.parse(checkout.expiresAt) + CHECKOUT_SLACK_MS - Date.now());
    if (this.#inbox.isCancelAsked || !this.#inbox.hasNews) {
      // What was paid at that moment is seen next, and still to be cancelled.
      await decided(() => billing['billing.checkout.expire']({ sessionId: checkout.sessionId }));
    }
    return 'look again';
  }

  /** Plan Premium, every archived result live again, one mail. Until then all of it can be undone. */
  async #upgrade(account: Account, subscriptionId: string): Promise<UpgradeThenRestoreOutcome | 'look again'> {
    const isComplete = account.upgradeId !== null && this.#incomplete.underWay === undefined;
    if (isComplete && this.#inbox.isCancelAsked) return this.#endSubscription(subscriptionId);
    if (!isComplete) {
      if (account.customerId !== null) this.#incomplete.undoPaymentLater(account.customerId);
      if (this.#inbox.isCancelAsked) return this.#undoAndLookAgain('cancelled');
      goTo(this.#progress, 'upgrading');
      const underWay = (this.#incomplete.underWay ??= { upgradeId: account.upgradeId ?? uuid4(), subscriptionId });
      this.#incomplete.undoLater({
        what: 'the plan is Free again',
        run: () => records['records.plan.downgrade']({ userId: this.#userId, reason: 'undone' }),
      });
      try {
        await decided(() => records['records.plan.upgrade']({ userId: this.#userId, upgradeId: underWay.upgradeId }));
      } catch {
        return this.#undoAndLookAgain('plan_failed');
      }
    }
    const upgradeId = this.#incomplete.underWay?.upgradeId ?? account.upgradeId;
    if (upgradeId === null) throw new TypeError('an upgrade without an id');
    return this.#restore(upgradeId, subscriptionId);
  }

  async #restore(upgradeId: string, subscriptionId: string): Promise<UpgradeThenRestoreOutcome | 'look again'> {
    if (
      !this.#incomplete.underWay &&
      (await records['records.restore.listWaiting']({ upgradeId, limit: 1 })).length === 0
    ) {
      return 'premium';
    }
    goTo(this.#progress, 'restoring');
    let isSettled = true;
    const isStillPaid = ({ standing }: Account) => {
      isSettled = standing.kind === 'premium';
      return isSettled || standing.kind === 'past_due';
    };
    const restored = await this.#whileWanted(() => restoreWaiting(upgradeId), isStillPaid);
    this.#progress.restore = await records['records.restore.count']({ upgradeId });
    switch (restored) {
      case 'more':
        return this.#goOnInNewRun();
      case 'unwanted':
        if (!this.#inbox.isCancelAsked) return 'look again';
        return this.#incomplete.underWay ? this.#undoAndLookAgain('cancelled') : this.#endSubscription(subscriptionId);
      case 'done':
        this.#incomplete.keep();
        await tellOwner(this.#userId, { kind: 'subscription.restored', facts: this.#progress.restore }, upgradeId);
        // A payment that failed meanwhile begins a grace period.
        return isSettled ? 'premium' : 'look again';
    }
  }

  async #endSubscription(subscriptionId: string): Promise<'look again'> {
    const { wishes } = this.#inbox;
    await decided(() => billing['billing.subscription.cancel']({ subscriptionId, at: 'now' }));
    this.#inbox.cancelDone(wishes);
    return 'look again';
  }

  /** A payment failed: Premium stays for a while, and its owner is reminded. */
  async #giveGrace({ graceEndsAt }: Account, subscriptionId: string): Promise<'look again'> {
    goTo(this.#progress, 'grace period');
    const endsAtMs = graceEndsAt === null ? Date.now() : Date.parse(graceEndsAt);
    if (this.#inbox.isCancelAsked || Date.now() >= endsAtMs) return this.#endSubscription(subscriptionId);
    const remindersAtMs = [endsAtMs - 4 * DAY_MS, endsAtMs - DAY_MS];
    const reminder = 1 + remindersAtMs.filter((atMs) => atMs <= Date.now()).length;
    const ends = new Date(endsAtMs).toISOString();
    const notice = { kind: 'subscription.payment_failed', facts: { graceEndsAt: ends, reminder } } as const;
    await tellOwner(this.#userId, notice, `${ends}/${reminder}`);
    const nextMs = remindersAtMs.find((atMs) => atMs > Date.now()) ?? endsAtMs;
    await this.#inbox.waitForNews(nextMs - Date.now());
    return 'look again';
  }

  /** The bank has taken the money back: what it was for is over. Half-way through an upgrade all of it is undone. */
  async #takeBack({ customerId, plan }: Account, subscriptionId: string): Promise<'look again'> {
    if (this.#incomplete.underWay && customerId !== null) this.#incomplete.undoPaymentLater(customerId);
    else {
      this.#incomplete.undoLater({
        what: 'the subscription is over',
        run: () => billing['billing.subscription.cancel']({ subscriptionId, at: 'now' }),
      });
    }
    if (plan === 'premium') {
      this.#incomplete.undoLater({
        what: 'the plan is Free again',
        run: () => records['records.plan.downgrade']({ userId: this.#userId, reason: 'disputed' }),
      });
    }
    return this.#undoAndLookAgain('disputed');
  }

  /** What was paid for is over. A plan that was granted stays until its owner gives it up. */
  async #downgrade({ upgradeId }: Account): Promise<UpgradeThenRestoreOutcome | 'look again'> {
    if (upgradeId === null && !this.#inbox.isCancelAsked) return 'granted: the plan does not depend on a payment';
    goTo(this.#progress, 'downgrading');
    const { wishes } = this.#inbox;
    this.#incomplete.keep();
    const userId = this.#userId;
    const { archiveDueAt } = await decided(() => records['records.plan.downgrade']({ userId, reason: 'ended' }));
    this.#inbox.cancelDone(wishes);
    const occasion = archiveDueAt ?? workflowInfo().runId;
    await tellOwner(this.#userId, { kind: 'subscription.ended', facts: { archiveDueAt } }, occasion);
    return 'look again';
  }

  /** Results are archived again, at the time that the owner was told. */
  async #archive({ archiveDueAt }: Account): Promise<UpgradeThenRestoreOutcome | 'look again'> {
    this.#incomplete.keep();
    this.#inbox.cancelDone();
    const outcome = this.#undone ?? 'free';
    if (archiveDueAt === null) return outcome;
    goTo(this.#progress, 'retaining');
    await this.#inbox.waitForNews(Date.parse(archiveDueAt) - Date.now());
    if (this.#inbox.hasNews) return 'look again';
    goTo(this.#progress, 'archiving');
    const isUnpaid = ({ standing }: Account) => standing.kind === 'free' || standing.kind === 'awaiting_payment';
    const archived = await this.#whileWanted(() => archiveDue(this.#userId), isUnpaid);
    switch (archived) {
      case 'more':
        return this.#goOnInNewRun();
      case 'unwanted':
        return 'look again';
      case 'done':
        await decided(() => records['records.plan.finishDowngrade']({ userId: this.#userId }));
        return outcome;
    }
  }

  /** Long work, which goes on while the account, whenever there is news of it, is as it should be. */
  #whileWanted<T>(work: () => Promise<T>, isWanted: (account: Account) => boolean): Promise<T | 'unwanted'> {
    const isStillWanted = async () => !this.#inbox.isCancelAsked && isWanted(await this.#read());
    return whileWanted(work, { isThere: () => this.#inbox.hasNews, isStillWanted });
  }

  async #undoAndLookAgain(reason: UndoReason): Promise<'look again'> {
    this.#undone = await this.#undoUpgrade(reason);
    return 'look again';
  }

  async #undoUpgrade(reason: UndoReason): Promise<UpgradeThenRestoreOutcome> {
    goTo(this.#progress, 'undoing');
    const { wishes } = this.#inbox;
    const occasion = this.#incomplete.underWay?.upgradeId ?? workflowInfo().runId;
    await CancellationScope.nonCancellable(async () => {
      const refunded = await this.#incomplete.undo();
      // An unpaid payment page that is closed is nothing to write home about.
      const isWorthTelling = this.#incomplete.underWay !== undefined || refunded !== null || reason !== 'cancelled';
      this.#incomplete.keep();
      await records['records.plan.recordUndone']({ userId: this.#userId, reason, refunded });
      if (!isWorthTelling) return;
      await tellOwner(this.#userId, { kind: 'subscription.undone', facts: { reason, refunded } }, occasion);
    });
    // Of a dispute only the disputed subscription is over.
    if (reason !== 'disputed') this.#inbox.cancelDone(wishes);
    return UNDONE[reason];
  }

  /** The new run reads the account anew; only what its owner asked for must be done before. */
  async #goOnInNewRun(): Promise<'look again'> {
    await condition(allHandlersFinished);
    if (this.#inbox.isCancelAsked) return 'look again';
    return continueAsNew<typeof upgradeThenRestore>({
      userId: this.#userId,
      ...(this.#incomplete.underWay ? { underWay: this.#incomplete.underWay } : {}),
    });
  }
}
