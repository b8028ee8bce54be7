// Starting sagas that live on without the workflow that starts them, and that may have been started by somebody else.

import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, type ChildWorkflowOptions } from '@temporalio/workflow';

/** What has begun is ended, whatever becomes of the workflow that wanted it. */
export const onItsOwn = { parentClosePolicy: ParentClosePolicy.ABANDON } as const satisfies ChildWorkflowOptions;

/** False when a saga of this id runs, or has run and its reuse policy does not let it run again. */
export async function startedNow(start: () => Promise<unknown>): Promise<boolean> {
  try {
    await start();
    return true;
  } catch (error) {
    if (isAlreadyStarted(error)) return false;
    throw error;
  }
}

export const isAlreadyStarted = (error: unknown): boolean => error instanceof WorkflowExecutionAlreadyStartedError;
