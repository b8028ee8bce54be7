// A workflow that puts a planted word into every place where Temporal keeps something: `private-payloads.test.ts` looks for them.

import * as wf from '@temporalio/workflow';
import { attributeKey } from '../../temporal/shown-at-start.ts';
import type { Planting } from './private-payloads.test.ts';

export const tellSignal = wf.defineSignal<[string]>('tell');
export const askQuery = wf.defineQuery<string, [string]>('ask');
export const changeUpdate = wf.defineUpdate<string, [string]>('change');

const local = wf.proxyLocalActivities<Planting>({ startToCloseTimeout: '10 seconds', retry: { maximumAttempts: 1 } });
const remote = wf.proxyActivities<Planting>({
  startToCloseTimeout: '60 seconds',
  heartbeatTimeout: '60 seconds',
  retry: { maximumAttempts: 1 },
});

export async function everywhere(input: string): Promise<never> {
  const word = input.replace('-input', '');
  let told = '';
  wf.setHandler(tellSignal, (text) => {
    told = text;
  });
  wf.setHandler(askQuery, (text) => `${text} ${word}-query-result`);
  wf.setHandler(changeUpdate, async (text) => {
    if (text.endsWith('refused')) throw wf.ApplicationFailure.nonRetryable(`${word}-update-failure`);
    return `${word}-update-result`;
  });
  wf.upsertMemo({ later: `${word}-memo-later` });
  wf.upsertSearchAttributes([{ key: attributeKey('Plan'), value: 'free' }]);
  wf.setCurrentDetails(`${word}-current-details`);
  await local.look(`${word}-local-input`);
  await local.fail(`${word}-local-failure`).catch(() => {});
  await remote.work(`${word}-activity-input`).catch(() => {});
  await wf.sleep('1 millisecond', { summary: `${word}-timer-summary` });
  await wf.executeChild(within, {
    args: [`${word}-child-input`],
    memo: { child: `${word}-child-memo` },
    staticSummary: `${word}-child-summary`,
  });
  await wf.condition(() => told !== '');
  return wf.makeContinueAsNewFunc<typeof failing>({ workflowType: 'failing' })(`${word}-continued-input`);
}

export async function within(input: string): Promise<string> {
  return input.replace('-input', '-result');
}

export async function failing(input: string): Promise<never> {
  const word = input.replace('-continued-input', '');
  const cause = new Error(`${word}-failure-cause`);
  throw wf.ApplicationFailure.create({
    message: `${word}-failure-message`,
    nonRetryable: true,
    details: [`${word}-failure-details`],
    cause,
  });
}
