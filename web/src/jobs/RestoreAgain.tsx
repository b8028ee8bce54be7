// Asks to bring an archived result back, and looks until it is on its way.

import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { restoreResult } from '../api.ts';
import { ProblemAlert } from '../layout/ProblemAlert.tsx';
import { queryKeys } from '../queries.ts';

const LOOK_AGAIN_MS = 2_000;
/** What is still here after this long has failed once more. */
const PATIENCE_MS = 15_000;

/** `name` tells the buttons of a list apart for those who do not see where they are. */
export function RestoreAgain({ jobId, label, name }: { jobId: string; label: string; name?: string }) {
  const client = useQueryClient();
  const { mutate, reset, isPending, isSuccess, isError, error } = useMutation({
    mutationFn: () => restoreResult(jobId),
    // Also after a refusal: it may be on its way already.
    onSettled: () => lookAgain(client, jobId),
  });
  useEffect(() => {
    if (!isSuccess) return;
    // This part of the page goes when the result is on its way.
    const looking = setInterval(() => lookAgain(client, jobId), LOOK_AGAIN_MS);
    const ending = setTimeout(reset, PATIENCE_MS);
    return () => {
      clearInterval(looking);
      clearTimeout(ending);
    };
  }, [client, isSuccess, jobId, reset]);
  return (
    <div>
      <Button
        variant="default"
        size="sm"
        loading={isPending}
        disabled={isSuccess}
        {...(name === undefined || isSuccess ? {} : { 'aria-label': name })}
        onClick={() => mutate()}
      >
        {isSuccess ? 'Asked for' : label}
      </Button>
      {isError ? <ProblemAlert error={error} /> : null}
    </div>
  );
}

function lookAgain(client: ReturnType<typeof useQueryClient>, jobId: string): void {
  const keys = [queryKeys.job(jobId), queryKeys.jobs, queryKeys.subscription, queryKeys.failedRestores];
  for (const queryKey of keys) void client.invalidateQueries({ queryKey });
}
