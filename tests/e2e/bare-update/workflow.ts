// What a decision is measured against: a workflow that answers an update, and does nothing else.

import { condition, defineSignal, defineUpdate, setHandler } from '@temporalio/workflow';

export const answerUpdate = defineUpdate<string, [string]>('answer');
export const endSignal = defineSignal('end');

export async function bareUpdate(): Promise<void> {
  let isOver = false;
  setHandler(answerUpdate, (text) => text);
  setHandler(endSignal, () => {
    isOver = true;
  });
  await condition(() => isOver);
}
