// Claims a sample, so that nobody else decides it meanwhile, and gives it back. What somebody else holds a director gives
// back for them: they may be away.

import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { isAllowed } from '../../../domain/permissions.ts';
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
    mutationFn: () => (claimedBy === undefined ? claimSample(ref) : releaseSample(ref)),
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
  const mayOverrule = reviewer !== undefined && isAllowed(reviewer.role, 'claim.overrule');
  const mayAct = claimedBy === undefined ? isOfLevel : isMine || mayOverrule;
  if (!mayAct && !act.isError) return null;
  const label = claimedBy === undefined ? 'Claim' : 'Give back';
  return (
    <div>
      {mayAct ? (
        <Button
          size="xs"
          variant="default"
          loading={act.isPending}
          onClick={() => act.mutate()}
          aria-label={`${label} ${name}`}
        >
          {label}
        </Button>
      ) : null}
      {act.isError ? <ProblemAlert error={act.error} /> : null}
    </div>
  );
}
