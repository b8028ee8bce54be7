// The form for who can decide, and the reason in words for everybody else.

import { Loader, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import type { Decision } from '../../../domain/review.ts';
import type { ReviewedSample } from '../laboratory/api.ts';
import { DELIVERY_STATE_LABELS, LEVEL_LABELS, LEVEL_PEOPLE } from '../laboratory/labels.tsx';
import { useMemberName } from '../laboratory/member-name.ts';
import { laboratoryKeys, useReviewer } from '../laboratory/queries.ts';
import { useMe } from '../queries.ts';
import { DecisionForm } from './DecisionForm.tsx';
import { standingOf, type Standing } from './standing.ts';

interface Props {
  sample: ReviewedSample;
  hasJustDecided: boolean;
  onDecided: (decision: Decision) => void;
}

export function DecisionPart({ sample, hasJustDecided, onDecided }: Props) {
  const me = useMe().data;
  const reviewer = useReviewer();
  const nameOf = useMemberName();
  const client = useQueryClient();
  if (me == null || reviewer === undefined) return <Loader role="status" aria-label="Loading" size="sm" />;
  const standing = standingOf(sample, reviewer);
  if (standing.kind !== 'may') {
    // Who has just decided knows why there is no form any more.
    return hasJustDecided ? null : <Text>{reasonOf(standing, sample, nameOf)}</Text>;
  }
  if (sample.result_checksum === null) return <Text>There is no result to decide on.</Text>;
  return (
    <DecisionForm
      me={me}
      sample={sample}
      checksum={sample.result_checksum}
      inSteadOf={standing.inSteadOf === undefined ? undefined : nameOf(standing.inSteadOf)}
      onDecided={(decision) => {
        onDecided(decision);
        const ref = { deliveryId: sample.delivery_id, sampleId: sample.sample_id };
        void client.invalidateQueries({ queryKey: laboratoryKeys.reviewedSample(ref) });
      }}
    />
  );
}

function reasonOf(
  standing: Exclude<Standing, { kind: 'may' }>,
  sample: ReviewedSample,
  nameOf: (userId: string) => string,
): string {
  switch (standing.kind) {
    case 'no_reviewer':
      return 'Your role decides on no samples.';
    case 'sample_closed':
      return sample.state === 'accepted'
        ? 'The sample is accepted by all three levels; there is nothing left to decide.'
        : 'The sample is withdrawn from this delivery; there is nothing left to decide.';
    case 'reannotating':
      return 'The sample is being annotated again. Then its review starts afresh, and this page says so by itself.';
    case 'delivery_over':
      return `The delivery is not in review (${DELIVERY_STATE_LABELS[sample.delivery_state].toLowerCase()}).`;
    case 'other_level':
      return `The sample waits for ${LEVEL_PEOPLE[sample.level]}.`;
    case 'same_person':
      return `You decided at another level already (${LEVEL_LABELS[standing.level].toLowerCase()}): each level is decided by another person.`;
    case 'claimed':
      return `${nameOf(standing.by)} has claimed this sample, and nobody else decides it until they give it back.`;
  }
}
