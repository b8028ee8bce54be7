// /deliveries/$deliveryId: where a delivery stands, each of its samples, and for directors, release and recall.

import { Anchor, Button, Code, Group, Modal, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { Moment } from '../jobs/Moment.tsx';
import type { Delivery, DeliverySample } from '../laboratory/api.ts';
import { DeliveryBadge, LEVEL_LABELS, SampleBadge } from '../laboratory/labels.tsx';
import { useMemberName } from '../laboratory/member-name.ts';
import { useDelivery, useReviewer } from '../laboratory/queries.ts';
import { CardTable, Cell, LoadMore, Row } from '../layout/CardTable.tsx';
import { PageTitle } from '../layout/PageTitle.tsx';
import { ProblemAlert } from '../layout/ProblemAlert.tsx';
import { Reading } from '../layout/Reading.tsx';
import { Fact, Facts, Section } from '../layout/Section.tsx';
import { DecisionHistory } from '../review/DecisionHistory.tsx';
import { isReviewer } from '../review/standing.ts';
import { countOf, formatCount } from '../text/format.ts';
import { DirectorsPart } from './DirectorsPart.tsx';
import { countsInWords, stageInWords } from './stage.ts';

export function DeliveryPage({ deliveryId }: { deliveryId: string }) {
  const list = useDelivery(deliveryId);
  const delivery = list.data?.pages[0];
  const samples = list.data?.pages.flatMap((page) => page.samples) ?? [];
  return (
    <>
      <Anchor component={Link} to="/deliveries" underline="always" size="sm">
        All deliveries
      </Anchor>
      <Reading query={list} kind="delivery" wayOut={{ label: 'See the deliveries', to: '/deliveries' }} />
      {delivery === undefined ? null : (
        <>
          <Stage delivery={delivery} />
          <Section title="Samples">
            <Text mb="sm">{countsInWords(delivery.sample_counts, delivery.state)}</Text>
            <SampleTable delivery={delivery} samples={samples} />
            <LoadMore list={list} />
          </Section>
        </>
      )}
    </>
  );
}

function Stage({ delivery }: { delivery: Delivery }) {
  const { ready_at: readyAt, released_at: releasedAt, acknowledged_at: acknowledgedAt } = delivery;
  return (
    <>
      <Group gap="sm" align="center">
        <PageTitle title={`Delivery to ${delivery.partner_name}`} />
        <DeliveryBadge state={delivery.state} />
      </Group>
      <Facts>
        <Fact name="Prepared">
          <Moment at={delivery.created_at} />
        </Fact>
        {readyAt === undefined ? null : (
          <Fact name="Ready">
            <Moment at={readyAt} />
          </Fact>
        )}
        {releasedAt === undefined ? null : (
          <Fact name="Released">
            <Moment at={releasedAt} />
          </Fact>
        )}
        {acknowledgedAt === undefined ? null : (
          <Fact name="Acknowledged">
            <Moment at={acknowledgedAt} />
          </Fact>
        )}
        <Fact name="Samples">{formatCount(total(delivery))}</Fact>
        {/* What mails, the audit log and the partner's program call it. */}
        <Fact name="Delivery">
          <Code>{delivery.delivery_id}</Code>
        </Fact>
      </Facts>
      <Text mt="md" role="status">
        {stageInWords(delivery)}
      </Text>
      {delivery.release_failure !== undefined && delivery.state === 'ready' ? (
        <ProblemAlert
          problem={{
            title: 'The last release failed, and was taken back',
            message: delivery.release_failure,
            remedy: 'Nothing is open to the partner. Release it again when the cause is gone.',
            details: [],
          }}
        />
      ) : null}
      <DirectorsPart delivery={delivery} />
    </>
  );
}

const total = ({ sample_counts }: Delivery): number =>
  Object.values(sample_counts).reduce((sum, count) => sum + count, 0);

function SampleTable({ delivery, samples }: { delivery: Delivery; samples: readonly DeliverySample[] }) {
  const [shown, setShown] = useState<DeliverySample | null>(null);
  return (
    <>
      <CardTable label="Samples" columns={['Barcode', 'State', 'Level', 'Since', 'Claimed by', 'Decisions']}>
        {samples.map((sample) => (
          <SampleRow
            key={sample.sample_id}
            delivery={delivery}
            sample={sample}
            onShowDecisions={() => setShown(sample)}
          />
        ))}
      </CardTable>
      <Modal
        opened={shown !== null}
        onClose={() => setShown(null)}
        size="lg"
        title={`Decisions about ${shown?.barcode ?? ''}`}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        {shown === null ? null : <DecisionHistory decisions={shown.decisions} checksum={shown.result_checksum} />}
      </Modal>
    </>
  );
}

interface SampleRowProps {
  delivery: Delivery;
  sample: DeliverySample;
  onShowDecisions: () => void;
}

function SampleRow({ delivery, sample, onShowDecisions }: SampleRowProps) {
  const reviewer = useReviewer();
  const nameOf = useMemberName();
  const isWaiting = sample.state === 'in_review' && delivery.state === 'in_review';
  return (
    <Row>
      <Cell column="Barcode" as="lead">
        {/* What was found in a sample is for reviewers. */}
        {reviewer !== undefined && isReviewer(reviewer) ? (
          <Anchor
            underline="always"
            renderRoot={(props) => (
              <Link
                {...props}
                to="/deliveries/$deliveryId/samples/$sampleId"
                params={{ deliveryId: delivery.delivery_id, sampleId: sample.sample_id }}
              />
            )}
          >
            {sample.barcode}
          </Anchor>
        ) : (
          sample.barcode
        )}
      </Cell>
      <Cell column="State">
        <SampleBadge state={sample.state} deliveryState={delivery.state} />
        {sample.reannotation_failure === undefined ? null : ' New annotation failed'}
      </Cell>
      <Cell column="Level">{isWaiting ? LEVEL_LABELS[sample.level] : 'None'}</Cell>
      <Cell column="Since">
        <Moment at={sample.since} />
      </Cell>
      <Cell column="Claimed by">{sample.claimed_by === undefined ? 'Nobody' : nameOf(sample.claimed_by)}</Cell>
      <Cell column="Decisions" as="act">
        {sample.decisions.length === 0 ? (
          'No decisions'
        ) : (
          <Button
            size="xs"
            variant="default"
            onClick={onShowDecisions}
            aria-label={`${decisionCount(sample)} about ${sample.barcode}`}
          >
            {decisionCount(sample)}
          </Button>
        )}
      </Cell>
    </Row>
  );
}

const decisionCount = ({ decisions }: DeliverySample): string => countOf(decisions.length, 'decision');
