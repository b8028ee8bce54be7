// A subscription is paid and its results are asked of the archive, which has not brought them yet. Then it has, and the
// upgrade comes to its end: nothing was paid twice.

import { expect } from 'vitest';
import { z } from 'zod';
import { invoice } from '../../../domain/http-billing.ts';
import { me } from '../../../domain/http.ts';
import { jobId, userId, workflowIds } from '../../../domain/ids.ts';
import { signUp, type Program } from '../program.ts';
import { announceRetrieved } from './archive.ts';
import { archivedResults, expectRestored, pay, paymentsOf, subscriptionOf } from './paying.ts';
import { annotationId, expectDownload, inState, type Stage, type Story } from './story.ts';

const RESULTS = 3;

export function upgradeStory({ stack }: Stage): Story {
  const ids: string[] = [];
  let program: Program;
  let email: string;
  let jobs: string[];

  return {
    name: 'an upgrade',
    workflowIds: () => ids,

    async begin() {
      ({ program, email } = await signUp(stack, 'upgrade'));
      jobs = await archivedResults(program, RESULTS, (job) => ids.push(annotationId(job)));
      const { user_id } = await program.ask('GET', '/me', { shape: me });
      ids.push(workflowIds.subscription(userId(user_id)), ...jobs.map((job) => workflowIds.restore(jobId(job))));
      await pay(program);
      await inState(program, jobs, 'restoring');
      expect(await subscriptionOf(program)).toMatchObject({
        plan: 'premium',
        restore: { total: RESULTS, restored: 0 },
      });
    },

    async finish() {
      // It has waited meanwhile.
      expect(await subscriptionOf(program)).toMatchObject({
        plan: 'premium',
        restore: { total: RESULTS, restored: 0 },
      });
      await announceRetrieved(stack, jobs);
      await expectRestored(program, jobs);
      for (const job of jobs) await expectDownload(program, job);

      const shape = z.object({ invoices: z.array(invoice) });
      const { invoices } = await program.ask('GET', '/subscription/invoices', { shape });
      expect(invoices).toMatchObject([{ state: 'paid', amount_refunded: 0 }]);
      const { customers, charges, subscriptions } = await paymentsOf(stack, email);
      expect(customers).toBe(1);
      expect(charges).toMatchObject([{ paid: true, amount: invoices[0]?.amount_paid, amount_refunded: 0 }]);
      expect(subscriptions).toMatchObject([{ status: 'active' }]);
    },
  };
}
