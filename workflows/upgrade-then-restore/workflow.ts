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
import type { SubscriptionMail } from '../../activities/mail/subscription-mail.ts';
import type { UserId } from '../../domain/ids.ts';
import { billing, mail, records } from '../activities.ts';
import { Compensations } from '../compensation.ts';
import { decided } from '../decided.ts';
import { AccountInbox, type Account } from './account.ts';
import {
  subscriptionProgressQuery,
  type SubscriptionProgress,
  type UnderWay,
  type UpgradeThenRestoreInput,
  type UpgradeThenRestoreOutcome,
} from './messages.ts';
import { archiveDue, restoreWaiting } from './restoring.ts';

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
  /** What an upgrade that is not complete has done. */
  readonly #undo = new Compensations();
  #underWay: UnderWay | undefined;
  #isPaymentUndone = true;
  #refunded: { amount: number; currency: string } | null = null;
  #undone: UpgradeThenRestoreOutcome | undefined;

  constructor({ userId, underWay }: UpgradeThenRestoreInput) {
    this.#userId = userId;
    this.#underWay = underWay;
    this.#inbox = new AccountInbox(userId, (customerId) => this.#undoPaymentLater(customerId));
    setHandler(subscriptionProgressQuery, () => this.#progress);
  }

  get hasNews(): boolean {
    return this.#inbox.hasNews;
  }

  end(outcome: UpgradeThenRestoreOutcome): UpgradeThenRestoreOutcome {
    this.#progress.step = 'done';
    return outcome;
  }

  /** One step towards what is paid for. */
  async converge(): Promise<UpgradeThenRestoreOutcome | 'look again'> {
    if (workflowInfo().continueAsNewSuggested && !this.#inbox.isCancelAsked) await this.#goOnInNewRun();
    this.#progress.step = 'reading';
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
      const outcome = this.#isPaymentUndone ? undefined : await this.#undoUpgrade('cancelled');
      await condition(allHandlersFinished);
      return outcome;
    });
  }

  async #read(): Promise<Account> {
    const account = await this.#inbox.read();
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
    this.#progress.step = 'awaiting payment';
    if (customerId !== null) this.#undoPaymentLater(customerId);
    await this.#inbox.waitForNews(Date.parse(checkout.expiresAt) + CHECKOUT_SLACK_MS - Date.now());
    if (this.#inbox.isCancelAsked || !this.#inbox.hasNews) {
      // What was paid at that moment is seen next, and still to be cancelled.
      await decided(() => billing['billing.checkout.expire']({ sessionId: checkout.sessionId }));
    }
    return 'look again';
  }

  /** Plan Premium, every archived result live again, one mail. Until then all of it can be undone. */
  async #upgrade(account: Account, subscriptionId: string): Promise<UpgradeThenRestoreOutcome | 'look again'> {
    const isComplete = account.upgradeId !== null && this.#underWay === undefined;
    if (isComplete && this.#inbox.isCancelAsked) return this.#endSubscription(subscriptionId);
    if (!isComplete) {
      if (account.customerId !== null) this.#undoPaymentLater(account.customerId);
      if (this.#inbox.isCancelAsked) return this.#undoAndLookAgain('cancelled');
      this.#progress.step = 'upgrading';
      const underWay = (this.#underWay ??= { upgradeId: account.upgradeId ?? uuid4(), subscriptionId });
      this.#undo.add({
        what: 'the plan is Free again',
        run: () => records['records.plan.downgrade']({ userId: this.#userId, reason: 'undone' }),
      });
      try {
        await decided(() => records['records.plan.upgrade']({ userId: this.#userId, upgradeId: underWay.upgradeId }));
      } catch {
        return this.#undoAndLookAgain('plan_failed');
      }
    }
    const upgradeId = this.#underWay?.upgradeId ?? account.upgradeId;
    if (upgradeId === null) throw new TypeError('an upgrade without an id');
    return this.#restore(upgradeId, subscriptionId);
  }

  async #restore(upgradeId: string, subscriptionId: string): Promise<UpgradeThenRestoreOutcome | 'look again'> {
    if (!this.#underWay && (await records['records.restore.listWaiting']({ upgradeId, limit: 1 })).length === 0) {
      return 'premium';
    }
    this.#progress.step = 'restoring';
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
        return this.#underWay ? this.#undoAndLookAgain('cancelled') : this.#endSubscription(subscriptionId);
      case 'done':
        this.#keep();
        await this.#tell({ kind: 'subscription.restored', facts: this.#progress.restore }, upgradeId);
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
    this.#progress.step = 'grace period';
    const endsAtMs = graceEndsAt === null ? Date.now() : Date.parse(graceEndsAt);
    if (this.#inbox.isCancelAsked || Date.now() >= endsAtMs) return this.#endSubscription(subscriptionId);
    const remindersAtMs = [endsAtMs - 4 * DAY_MS, endsAtMs - DAY_MS];
    const reminder = 1 + remindersAtMs.filter((atMs) => atMs <= Date.now()).length;
    const ends = new Date(endsAtMs).toISOString();
    await this.#tell(
      { kind: 'subscription.payment_failed', facts: { graceEndsAt: ends, reminder } },
      `${ends}/${reminder}`,
    );
    const nextMs = remindersAtMs.find((atMs) => atMs > Date.now()) ?? endsAtMs;
    await this.#inbox.waitForNews(nextMs - Date.now());
    return 'look again';
  }

  /** The bank has taken the money back: what it was for is over. Half-way through an upgrade all of it is undone. */
  async #takeBack({ customerId, plan }: Account, subscriptionId: string): Promise<'look again'> {
    if (this.#underWay && customerId !== null) this.#undoPaymentLater(customerId);
    else {
      this.#undo.add({
        what: 'the subscription is over',
        run: () => billing['billing.subscription.cancel']({ subscriptionId, at: 'now' }),
      });
    }
    if (plan === 'premium') {
      this.#undo.add({
        what: 'the plan is Free again',
        run: () => records['records.plan.downgrade']({ userId: this.#userId, reason: 'disputed' }),
      });
    }
    return this.#undoAndLookAgain('disputed');
  }

  /** What was paid for is over. A plan that was granted stays until its owner gives it up. */
  async #downgrade({ upgradeId }: Account): Promise<UpgradeThenRestoreOutcome | 'look again'> {
    if (upgradeId === null && !this.#inbox.isCancelAsked) return 'granted: the plan does not depend on a payment';
    this.#progress.step = 'downgrading';
    const { wishes } = this.#inbox;
    this.#keep();
    const { archiveDueAt } = await decided(() =>
      records['records.plan.downgrade']({ userId: this.#userId, reason: 'ended' }),
    );
    this.#inbox.cancelDone(wishes);
    await this.#tell({ kind: 'subscription.ended', facts: { archiveDueAt } }, archiveDueAt ?? workflowInfo().runId);
    return 'look again';
  }

  /** Results are archived again, at the time that the owner was told. */
  async #archive({ archiveDueAt }: Account): Promise<UpgradeThenRestoreOutcome | 'look again'> {
    this.#keep();
    this.#inbox.cancelDone();
    const outcome = this.#undone ?? 'free';
    if (archiveDueAt === null) return outcome;
    this.#progress.step = 'retaining';
    await this.#inbox.waitForNews(Date.parse(archiveDueAt) - Date.now());
    if (this.#inbox.hasNews) return 'look again';
    this.#progress.step = 'archiving';
    const archived = await this.#whileWanted(
      () => archiveDue(this.#userId),
      ({ standing }) => standing.kind === 'free' || standing.kind === 'awaiting_payment',
    );
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

  /** Works on until it is done, or news says that it is wanted no more: what runs then undoes itself. */
  async #whileWanted<T>(work: () => Promise<T>, isWanted: (account: Account) => boolean): Promise<T | 'unwanted'> {
    const scope = new CancellationScope();
    const working = scope.run(work);
    let isSettled = false;
    const settled = working.then(
      () => void (isSettled = true),
      () => void (isSettled = true),
    );
    try {
      for (;;) {
        await condition(() => isSettled || this.#inbox.hasNews);
        if (isSettled) return await working;
        if (!this.#inbox.isCancelAsked && isWanted(await this.#read())) continue;
        return 'unwanted';
      }
    } finally {
      scope.cancel();
      await CancellationScope.nonCancellable(() => settled);
    }
  }

  #undoPaymentLater(customerId: string): void {
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
  #keep(): void {
    this.#undo.clear();
    this.#isPaymentUndone = true;
    this.#underWay = undefined;
  }

  async #undoAndLookAgain(reason: 'cancelled' | 'disputed' | 'plan_failed'): Promise<'look again'> {
    this.#undone = await this.#undoUpgrade(reason);
    return 'look again';
  }

  async #undoUpgrade(reason: 'cancelled' | 'disputed' | 'plan_failed'): Promise<UpgradeThenRestoreOutcome> {
    this.#progress.step = 'undoing';
    const { wishes } = this.#inbox;
    const occasion = this.#underWay?.upgradeId ?? workflowInfo().runId;
    await CancellationScope.nonCancellable(async () => {
      await this.#undo.run();
      const refunded = this.#refunded;
      // An unpaid payment page that is closed is nothing to write home about.
      const isWorthTelling = this.#underWay !== undefined || refunded !== null || reason !== 'cancelled';
      this.#keep();
      await records['records.plan.recordUndone']({ userId: this.#userId, reason, refunded });
      if (isWorthTelling) await this.#tell({ kind: 'subscription.undone', facts: { reason, refunded } }, occasion);
    });
    // Of a dispute only the disputed subscription is over.
    if (reason !== 'disputed') this.#inbox.cancelDone(wishes);
    switch (reason) {
      case 'cancelled':
        return 'undone: the upgrade was cancelled half-way';
      case 'disputed':
        return 'undone: the payment was disputed';
      case 'plan_failed':
        return 'undone: the plan could not be changed';
    }
  }

  /** Never fails the saga: what was done does not depend on the mail. */
  #tell(message: SubscriptionMail, occasion: string): Promise<void> {
    return CancellationScope.nonCancellable(async () => {
      try {
        await mail['mail.subscription.send']({ ...message, userId: this.#userId, occasion });
      } catch {
        log.error('The owner could not be told', { kind: message.kind });
      }
    });
  }

  /** The new run reads the account anew; only what its owner asked for must be done before. */
  async #goOnInNewRun(): Promise<'look again'> {
    await condition(allHandlersFinished);
    if (this.#inbox.isCancelAsked) return 'look again';
    return continueAsNew<typeof upgradeThenRestore>({
      userId: this.#userId,
      ...(this.#underWay ? { underWay: this.#underWay } : {}),
    });
  }
}
