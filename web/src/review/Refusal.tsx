// Why a decision was not taken, and the way on: sign in again and come back to what was typed, or look at the sample anew.

import { Button, Group } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { ApiError } from '../api.ts';
import type { SampleRef } from '../laboratory/api.ts';
import { laboratoryKeys } from '../laboratory/queries.ts';
import { ProblemAlert } from '../layout/ProblemAlert.tsx';
import type { Draft } from './draft.ts';
import { SignInAgain } from './SignInAge.tsx';

interface Props {
  error: Error;
  userId: string;
  sampleRef: SampleRef;
  draft: Draft;
}

export function Refusal({ error, userId, sampleRef, draft }: Props) {
  const client = useQueryClient();
  const isTooOld = error instanceof ApiError && error.type === 'sign_in_again';
  const isOtherNow = error instanceof ApiError && error.status === 409;
  return (
    <div>
      <ProblemAlert error={error} />
      <Group gap="sm">
        {isTooOld ? <SignInAgain userId={userId} sampleRef={sampleRef} draft={draft} /> : null}
        {isOtherNow ? (
          <Button
            variant="default"
            onClick={() => void client.invalidateQueries({ queryKey: laboratoryKeys.reviewedSample(sampleRef) })}
          >
            Look at the sample anew
          </Button>
        ) : null}
      </Group>
    </div>
  );
}
