// /deliveries/$deliveryId/samples/$sampleId: a sample under review, from what was found to the decision and its history.

import { Anchor, Button, Group, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import type { Decision } from '../../../domain/review.ts';
import { JobLog } from '../jobs/JobLog.tsx';
import { JobSummary } from '../jobs/JobSummary.tsx';
import { Moment } from '../jobs/Moment.tsx';
import { getReviewedSample, type ReviewedSample, type SampleRef } from '../laboratory/api.ts';
import { DECISION_LABELS, LEVEL_LABELS, SampleBadge } from '../laboratory/labels.tsx';
import { useMemberName } from '../laboratory/member-name.ts';
import { laboratoryKeys, useDelivery, useReviewedSample } from '../laboratory/queries.ts';
import { PageTitle } from '../layout/PageTitle.tsx';
import { ProblemAlert } from '../layout/ProblemAlert.tsx';
import { Reading } from '../layout/Reading.tsx';
import { Fact, Facts, Section } from '../layout/Section.tsx';
import { Checksum } from '../samples/Checksum.tsx';
import { PatientData } from '../samples/PatientData.tsx';
import { ClaimButton } from './ClaimButton.tsx';
import { DecisionHistory } from './DecisionHistory.tsx';
import { DecisionPart } from './DecisionPart.tsx';

const DECISION = 'decision';

export function ReviewedSamplePage({ deliveryId, sampleId }: SampleRef) {
  const ref = { deliveryId, sampleId };
  const query = useReviewedSample(ref);
  const sample = query.data;
  const [decided, setDecided] = useState<Decision | null>(null);
  useReadAfterAnnotation(ref, sample?.state === 'reannotating');
  return (
    <>
      <Anchor
        underline="always"
        size="sm"
        renderRoot={(props) => <Link {...props} to="/deliveries/$deliveryId" params={{ deliveryId }} />}
      >
        The delivery
      </Anchor>
      <Reading query={query} kind="sample" wayOut={{ label: 'See the deliveries', to: '/deliveries' }} />
      {sample === undefined ? null : <OneSample sample={sample} decided={decided} onDecided={setDecided} />}
    </>
  );
}

/** The delivery is watched, and the sample, each reading of which is noted in the audit log, read once it has changed. */
function useReadAfterAnnotation(ref: SampleRef, isAnnotating: boolean): void {
  const client = useQueryClient();
  const delivery = useDelivery(ref.deliveryId, isAnnotating);
  const annotating = isAnnotating ? delivery.data?.pages[0]?.sample_counts.reannotating : undefined;
  const before = useRef(annotating);
  const { deliveryId, sampleId } = ref;
  useEffect(() => {
    const isFewer = annotating !== undefined && before.current !== undefined && annotating < before.current;
    before.current = annotating;
    if (isFewer || annotating === 0) {
      void client.invalidateQueries({ queryKey: laboratoryKeys.reviewedSample({ deliveryId, sampleId }) });
    }
  }, [annotating, client, deliveryId, sampleId]);
}

interface Props {
  sample: ReviewedSample;
  decided: Decision | null;
  onDecided: (decision: Decision) => void;
}

function OneSample({ sample, decided, onDecided }: Props) {
  return (
    <>
      <Group gap="sm" align="center">
        <PageTitle title={sample.barcode} />
        <SampleBadge state={sample.state} deliveryState={sample.delivery_state} />
      </Group>
      <SampleFacts sample={sample} />
      {sample.reannotation_failure === undefined ? null : (
        <ProblemAlert
          problem={{
            title: 'The new annotation failed',
            message: sample.reannotation_failure,
            remedy: 'The earlier result stands; decide again.',
            details: [],
          }}
        />
      )}
      <Section title="Patient">
        <PatientData sampleId={sample.sample_id} />
      </Section>
      <Section title="Result">
        <Downloads sample={sample} />
      </Section>
      <Section title="Summary">
        {sample.summary === null ? (
          <Text>There is no summary of this result.</Text>
        ) : (
          <JobSummary summary={sample.summary} />
        )}
      </Section>
      <Section title="Log">
        {sample.log === null ? (
          <Text>There is no log of this annotation.</Text>
        ) : (
          <JobLog fileName={sample.sample_id} log={sample.log} />
        )}
      </Section>
      <Section title="Decisions">
        <DecisionHistory decisions={sample.decisions} checksum={sample.result_checksum} />
      </Section>
      <Section title="Your decision" anchor={DECISION}>
        <Text role="status" mb={decided === null ? 0 : 'sm'}>
          {decided === null ? '' : `${DECISION_LABELS[decided]}: your signed decision is recorded. `}
          {decided === null ? null : (
            <Anchor component={Link} to="/reviews" underline="always" inherit>
              See what else waits for you
            </Anchor>
          )}
        </Text>
        <DecisionPart sample={sample} hasJustDecided={decided !== null} onDecided={onDecided} />
      </Section>
    </>
  );
}

function SampleFacts({ sample }: { sample: ReviewedSample }) {
  const nameOf = useMemberName();
  const isWaiting = sample.state === 'in_review' && sample.delivery_state === 'in_review';
  return (
    <>
      <Facts>
        {isWaiting ? <Fact name="Level">{LEVEL_LABELS[sample.level]}</Fact> : null}
        <Fact name={isWaiting ? 'Waiting since' : 'Since'}>
          <Moment at={sample.since} />
        </Fact>
        <Fact name="Round">{sample.round}</Fact>
        {isWaiting ? (
          <Fact name="Claimed by">{sample.claimed_by === undefined ? 'Nobody' : nameOf(sample.claimed_by)}</Fact>
        ) : null}
        {isWaiting && sample.claimed_until !== undefined ? (
          <Fact name="Claimed until">
            <Moment at={sample.claimed_until} />
          </Fact>
        ) : null}
        <Fact name="Genome">{sample.genome}</Fact>
        <Fact name="Consequence mode">{sample.consequence_mode}</Fact>
        <Fact name="Result (SHA-256)">
          {sample.result_checksum === null ? 'None' : <Checksum value={sample.result_checksum} isWhole />}
        </Fact>
      </Facts>
      {isWaiting ? (
        <Group mt="sm">
          <ClaimButton
            deliveryId={sample.delivery_id}
            sampleId={sample.sample_id}
            level={sample.level}
            claimedBy={sample.claimed_by}
            name="this sample"
          />
          {/* Below all that there is to be read, which may be long. */}
          <Anchor href={`#${DECISION}`} underline="always" size="sm">
            Go to the decision
          </Anchor>
        </Group>
      ) : null}
    </>
  );
}

const FILES = [
  { file: 'result', label: 'Download the result' },
  { file: 'log', label: 'Download the log file' },
  { file: 'provenance', label: 'Download the provenance' },
] as const;

function Downloads({ sample }: { sample: ReviewedSample }) {
  const isThere = FILES.some(({ file }) => sample.links[file] !== null);
  const ref = { deliveryId: sample.delivery_id, sampleId: sample.sample_id };
  const download = useMutation({
    // Asked for at the click, since links expire; the audit log notes it.
    mutationFn: async (file: (typeof FILES)[number]['file']) => (await getReviewedSample(ref)).links[file],
    onSuccess: (link) => {
      if (link !== null) window.location.assign(link.url);
    },
  });
  if (!isThere) return <Text>There is nothing to download.</Text>;
  return (
    <>
      <Group gap="sm">
        {FILES.map(({ file, label }) =>
          sample.links[file] === null ? null : (
            <Button
              key={file}
              variant="default"
              loading={download.isPending && download.variables === file}
              onClick={() => download.mutate(file)}
            >
              {label}
            </Button>
          ),
        )}
      </Group>
      {download.isSuccess && download.data === null ? <Text role="status">It is not there any more.</Text> : null}
      {download.isError ? <ProblemAlert error={download.error} /> : null}
    </>
  );
}
