// The contract, kept by the adapter on the Stripe sandbox and by the model in memory.

import { randomUUID } from 'node:crypto';
import { userId } from '../../domain/ids.ts';
import { createMemoryBilling } from '../../tests/support/models/memory-billing.ts';
import { startSandboxBench } from '../../tests/support/stripe-bench.ts';
import type { BillingBench } from './contract-bench.ts';
import { describeBillingContract } from './contract-suite.ts';

describeBillingContract({
  'the adapter, on the Stripe sandbox': () => startSandboxBench(),
  'the model in memory': inMemory,
});

async function inMemory(): Promise<BillingBench> {
  let nowMs = Date.now();
  const billing = createMemoryBilling({ now: () => new Date(nowMs) });
  const users = new Map<string, string>();
  const disputing: string[] = [];
  const owner = (customerId: string) => userId(users.get(customerId) ?? '');
  const ensure = billing.activities['billing.customer.ensure'];
  return {
    activities: {
      ...billing.activities,
      'billing.customer.ensure': async (input) => {
        const made = await ensure(input);
        users.set(made.customerId, input.userId);
        return made;
      },
    },
    register: () => userId(randomUUID()),
    pay: async (sessionId, card) => {
      const outcome = billing.pay(sessionId, card === 'disputed' ? 'good' : card);
      const made = [...users.values()]
        .flatMap((id) => billing.subscriptionsOf(userId(id)))
        .toSorted((one, other) => Number(other.subscriptionId.slice(4)) - Number(one.subscriptionId.slice(4)))[0];
      if (outcome === 'paid' && card === 'disputed' && made) disputing.push(made.subscriptionId);
      return outcome;
    },
    endPeriod: async (subscriptionId) => billing.endPeriod(subscriptionId),
    giveUpCollecting: async (subscriptionId) => billing.giveUpCollecting(subscriptionId),
    letDisputesCome: async () => disputing.splice(0).forEach((id) => billing.dispute(id)),
    letPagesExpire: async () => void (nowMs += 2 * 3600 * 1000),
    money: async (customerId) => {
      const { charged, refunded } = billing.moneyOf(owner(customerId));
      return { charged, refunded };
    },
    close: async () => {},
  };
}
