// Long work of a subscription, which news of the account may end.

import { CancellationScope, condition } from '@temporalio/workflow';

export interface News {
  /** Something was said since the account was last read. */
  isThere: () => boolean;
  /** Reads what was said. */
  isStillWanted: () => Promise<boolean>;
}

/** Works on until it is done, or news says that it is wanted no more: what runs then undoes itself. */
export async function whileWanted<T>(work: () => Promise<T>, news: News): Promise<T | 'unwanted'> {
  const scope = new CancellationScope();
  const working = scope.run(work);
  let isSettled = false;
  const settled = working.then(
    () => void (isSettled = true),
    () => void (isSettled = true),
  );
  try {
    for (;;) {
      await condition(() => isSettled || news.isThere());
      if (isSettled) return await working;
      if (!(await news.isStillWanted())) return 'unwanted';
    }
  } finally {
    scope.cancel();
    await CancellationScope.nonCancellable(() => settled);
  }
}
