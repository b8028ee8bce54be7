// Claims a sample, so that nobody else decides it meanwhile, and gives it back. What somebody else holds has no button.

import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { levelOfRole, type ReviewLevel } from '../../../domain/review.ts';
import { claimSample, releaseSample } from '../laboratory/api.ts';
import { laboratoryKeys, useReviewer } from '../laboratory/queries.ts';
import { ProblemAlert } from '../layout/ProblemAlert.tsx';

interface Props {
  deliveryId: string;
  sampleId: string;
  level: ReviewLevel;
  claimedBy: string | undefined;
  /** Tells the buttons of a list apart for those who do not see where they are. */
  name: string;
}

export function ClaimButton({ deliveryId, sampleId, level, claimedBy, name }: Props) {
  const reviewer = useReviewer();
  const client = useQueryClient();
  const ref = { deliveryId, sampleId };
  const isMine = claimedBy !== undefined && claimedBy === reviewer?.userId;
  const act = useMutation({
    mutationFn: () => (isMine ? releaseSample(ref) : claimSample(ref)),
    // Also after a refusal: somebody else may have been faster, and the page should say so.
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: laboratoryKeys.reviews }),
        client.invalidateQueries({ queryKey: laboratoryKeys.delivery(deliveryId) }),
        client.invalidateQueries({ queryKey: laboratoryKeys.reviewedSample(ref) }),
      ]),
  });
  const isOfLevel =
    reviewer !== undefined &&
    (levelOfRole(reviewer.role) === level || reviewer.inStead.some((away) => away.level === level));
  const mayAct = isMine || (claimedBy === undefined && isOfLevel);
  return (
    <div>
      {mayAct ? (
        <Button
          size="xs"
          variant="default"
          loading={act.isPending}
          onClick={() => act.mutate()}
          aria-label={`${isMine ? 'Release' : 'Claim'} ${name}`}
        >
          {isMine ? 'Release' : 'Claim'}
        </Button>
      ) : null}
      {act.isError ? <ProblemAlert error={act.error} /> : null}
    </div>
  );
}
