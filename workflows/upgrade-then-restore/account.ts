// The user's account at the payment service, as the saga reads it and is told about it.

import { condition, patched, setHandler, workflowInfo } from '@temporalio/workflow';
import type { AccountStanding } from '../../activities/records/billing.ts';
import { planOf } from '../../domain/billing.ts';
import type { UserId } from '../../domain/ids.ts';
import { billing, records } from '../activities.ts';
import { failureOf } from '../failure.ts';
import { Turns } from '../turns.ts';
import { billingChangedSignal, cancelSubscriptionUpdate, openCheckoutUpdate, openPortalUpdate } from './messages.ts';

/** `standing` is `free` while the user has no customer: nothing was ever paid. */
export type Account = AccountStanding;

export class AccountInbox {
  readonly #userId: UserId;
  readonly #beforePayment: (customerId: string) => void;
  #isNew = false;
  /** How often its owner has asked for the end, how often by the last reading, and up to which it is done. */
  #wishes = 0;
  #wishesRead = 0;
  #wishesDone = 0;
  #acts = 0;
  /** Acts that read and then change are not mixed with each other. */
  readonly #turns = new Turns();

  /** `beforePayment` is called before a payment page is opened: the saga records how to undo it. */
  constructor(userId: UserId, beforePayment: (customerId: string) => void) {
    this.#userId = userId;
    this.#beforePayment = beforePayment;
    setHandler(billingChangedSignal, () => this.#note());
    setHandler(openCheckoutUpdate, () => this.#turns.take(() => this.#openCheckout()));
    setHandler(cancelSubscriptionUpdate, ({ at }) => this.#turns.take(() => this.#cancel(at)), {
      validator: ({ at }) => {
        if (at !== 'now' && at !== 'period_end') throw new TypeError('at must be now or period_end');
      },
    });
    setHandler(openPortalUpdate, () => this.#openPortal());
  }

  /** Something was said since the account was last read. */
  get hasNews(): boolean {
    return this.#isNew || this.isCancelAsked;
  }

  /** The owner wants it to end at once. */
  get isCancelAsked(): boolean {
    return this.#wishes > this.#wishesDone;
  }

  /** To be taken before the act by which what was asked so far is done. */
  get wishes(): number {
    return this.#wishes;
  }

  /** What was asked is done; by default what was asked before the last reading. A later wish may be for another payment. */
  cancelDone(wishes = this.#wishesRead): void {
    this.#wishesDone = Math.max(this.#wishesDone, wishes);
  }

  /** Until there is news, or for so long. */
  async waitForNews(milliseconds: number): Promise<void> {
    if (milliseconds > 0) await condition(() => this.hasNews, milliseconds);
  }

  /** Reads the account anew, and records it. */
  async read(): Promise<Account> {
    this.#isNew = false;
    this.#wishesRead = this.#wishes;
    return this.#look();
  }

  /** As `read`, and what was said is still news to the saga. */
  async #look(): Promise<Account> {
    const known = await records['records.account.find']({ userId: this.#userId });
    if (known.customerId === null) {
      return { ...known, standing: { kind: 'free' }, duplicates: [], graceEndsAt: null };
    }
    const { customerId, checkoutSessionId } = known;
    const account = await billing['billing.account.read']({ customerId, checkoutSessionId });
    return records['records.account.save']({ userId: this.#userId, account });
  }

  async #openCheckout(): Promise<{ checkoutUrl: string; expiresAt: string }> {
    const { plan, standing, customerId: known } = await this.#look();
    if (plan === 'premium' || planOf(standing) === 'premium') {
      // The saga may not have heard of that payment.
      this.#note();
      throw failureOf('already_premium', 'You have Premium already.');
    }
    if (standing.kind === 'awaiting_payment' && standing.checkout.url !== null) {
      return { checkoutUrl: standing.checkout.url, expiresAt: standing.checkout.expiresAt };
    }
    const userId = this.#userId;
    const isKnown = known !== null && patched('customer-that-is-known');
    const customerId = isKnown ? known : await this.#makeCustomer();
    this.#beforePayment(customerId);
    // What is opened is waited for, even if its answer is lost: the saga reads it with the account.
    this.#note();
    const session = await billing['billing.checkout.open']({ userId, customerId, act: this.#nextAct() });
    await records['records.account.saveCheckout']({ userId, ...session });
    this.#note();
    return { checkoutUrl: session.url, expiresAt: session.expiresAt };
  }

  async #cancel(at: 'now' | 'period_end'): Promise<void> {
    const { plan, standing } = await this.#look();
    switch (standing.kind) {
      case 'premium':
      case 'past_due':
        if (at === 'now') {
          this.#wishes += 1;
          return;
        }
        await billing['billing.subscription.cancel']({ subscriptionId: standing.subscription.subscriptionId, at });
        // Recorded when this is answered.
        await this.#look();
        this.#note();
        return;
      case 'awaiting_payment':
      case 'disputed':
        this.#wishes += 1;
        return;
      case 'free':
        // A plan that was granted has no period that could end.
        if (plan === 'free') throw failureOf('no_subscription', 'You are on the Free plan.');
        this.#wishes += 1;
    }
  }

  async #openPortal(): Promise<{ portalUrl: string }> {
    const { customerId } = await records['records.account.find']({ userId: this.#userId });
    if (customerId === null) throw failureOf('no_customer', 'You have not paid for anything yet.');
    const { url } = await billing['billing.portal.open']({ customerId, act: this.#nextAct() });
    // Whatever is done there is told by the service; its events may be late.
    return { portalUrl: url };
  }

  /** Of two made at once the first is noted, and counts. */
  async #makeCustomer(): Promise<string> {
    const userId = this.#userId;
    const made = await billing['billing.customer.ensure']({ userId });
    return (await records['records.account.saveCustomer']({ userId, ...made })).customerId;
  }

  #note(): void {
    this.#isNew = true;
  }

  /** By it the payment service knows a repetition. */
  #nextAct(): string {
    this.#acts += 1;
    return `${workflowInfo().runId}/${this.#acts}`;
  }
}
