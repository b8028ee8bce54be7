// A Free user's results are in the archive. Then the user pays, has them back, and gives Premium up again.

import { expect } from 'vitest';
import { me } from '../../../domain/http.ts';
import { jobId, userId, workflowIds } from '../../../domain/ids.ts';
import { signUp, type Program } from '../program.ts';
import { announceRetrieved } from './archive.ts';
import { archivedResults, expectRestored, giveUpPremium, pay } from './paying.ts';
import { annotationId, expectDownload, inState, type Stage, type Story } from './story.ts';

const RESULTS = 2;

export function restoreStory({ stack }: Stage): Story {
  const ids: string[] = [];
  let program: Program;
  let jobs: string[];

  return {
    name: 'a restore',
    workflowIds: () => ids,

    async begin() {
      ({ program } = await signUp(stack, 'restore'));
      jobs = await archivedResults(program, RESULTS, (job) => ids.push(annotationId(job)));
      const refused = await program.call('GET', `/annotations/${jobs[0]}/result`);
      expect(refused).toMatchObject({ status: 403, body: { error: { type: 'result_archived' } } });
    },

    async finish() {
      const { user_id } = await program.ask('GET', '/me', { shape: me });
      ids.push(workflowIds.subscription(userId(user_id)), ...jobs.map((job) => workflowIds.restore(jobId(job))));
      await pay(program);
      await inState(program, jobs, 'restoring');
      await announceRetrieved(stack, jobs);
      await expectRestored(program, jobs);
      for (const job of jobs) await expectDownload(program, job);
      ids.push(...jobs.map((job) => workflowIds.archive(jobId(job))));
      await giveUpPremium(program, jobs);
    },
  };
}
