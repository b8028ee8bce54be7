// What a saga is asked for counts only when somebody with our keys wrote it, for this very workflow. The codec sees to the
// payloads (`temporal/payload-codec.ts`); here is what becomes of those that it has marked, and of a saga under another's id.

import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';
import { isRefused } from '../temporal/refused.ts';
import { ID_PREFIXES } from './id-prefixes.ts';

export function refusalOf(args: readonly unknown[]): ApplicationFailure | undefined {
  if (!args.some(isRefused)) return undefined;
  return ApplicationFailure.nonRetryable(
    'Refused: the arguments were not encrypted for this workflow with our keys.',
    'not_encrypted',
  );
}

/** A payload belongs to an id, and so must the type: what one saga was started with would else start another one. */
export function refusalOfId(): ApplicationFailure | undefined {
  const { workflowType, workflowId } = workflowInfo();
  const prefix = ID_PREFIXES[workflowType];
  if (prefix === undefined || workflowId.startsWith(prefix)) return undefined;
  return ApplicationFailure.nonRetryable(`Refused: ${workflowType} runs under ${prefix}… alone.`, 'strange_id');
}
