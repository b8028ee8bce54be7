// /reviews: what waits for the person's decision, the longest first.

import { Anchor, Loader, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Moment } from '../jobs/Moment.tsx';
import type { Review } from '../laboratory/api.ts';
import { LEVEL_LABELS } from '../laboratory/labels.tsx';
import { useMemberName } from '../laboratory/member-name.ts';
import { OnlyInLaboratory } from '../laboratory/OnlyInLaboratory.tsx';
import { useReviewer, useReviews } from '../laboratory/queries.ts';
import { CardTable, Cell, PagedList, Row } from '../layout/CardTable.tsx';
import { PageTitle } from '../layout/PageTitle.tsx';
import { useMe } from '../queries.ts';
import { formatDuration } from '../text/format.ts';
import { ClaimButton } from './ClaimButton.tsx';
import { isReviewer } from './standing.ts';

export function ReviewListPage() {
  const reviewer = useReviewer();
  return (
    <>
      <PageTitle title="Reviews" lead="What waits for your decision, the longest first." />
      <OnlyInLaboratory>
        {reviewer === undefined ? (
          <Loader role="status" aria-label="Loading" />
        ) : isReviewer(reviewer) ? (
          <Queue />
        ) : (
          <Text>
            Your role decides on no samples. Reviewers are appointed by an administrator. Where each sample stands is in
            its{' '}
            <Anchor component={Link} to="/deliveries" underline="always" inherit>
              delivery
            </Anchor>
            .
          </Text>
        )}
      </OnlyInLaboratory>
    </>
  );
}

function Queue() {
  const list = useReviews();
  const reviews = list.data?.pages.flatMap((page) => page.reviews) ?? [];
  return (
    <PagedList
      list={list}
      isEmpty={reviews.length === 0}
      empty={
        <Text>
          Nothing waits for you. What you decided is in its{' '}
          <Anchor component={Link} to="/deliveries" underline="always" inherit>
            delivery
          </Anchor>
          .
        </Text>
      }
    >
      <CardTable label="Reviews" columns={['Sample', 'Level', 'Waiting since', 'Due', 'Claimed by', 'Action']}>
        {reviews.map((review) => (
          <ReviewRow key={`${review.sample_id} ${review.level}`} review={review} />
        ))}
      </CardTable>
    </PagedList>
  );
}

function ReviewRow({ review }: { review: Review }) {
  const me = useMe().data;
  const nameOf = useMemberName();
  return (
    <Row>
      <Cell column="Sample" as="lead">
        <Anchor
          underline="always"
          renderRoot={(props) => (
            <Link
              {...props}
              to="/deliveries/$deliveryId/samples/$sampleId"
              params={{ deliveryId: review.delivery_id, sampleId: review.sample_id }}
            />
          )}
        >
          {review.barcode}
        </Anchor>
      </Cell>
      <Cell column="Level">{LEVEL_LABELS[review.level]}</Cell>
      <Cell column="Waiting since">
        <Moment at={review.since} />
      </Cell>
      <Cell column="Due">
        <Due at={review.due_at} />
      </Cell>
      <Cell column="Claimed by">
        {review.claimed_by === undefined
          ? 'Nobody'
          : review.claimed_by === me?.user_id
            ? 'You'
            : nameOf(review.claimed_by)}
      </Cell>
      <Cell column="Action" as="act">
        <ClaimButton
          deliveryId={review.delivery_id}
          sampleId={review.sample_id}
          level={review.level}
          claimedBy={review.claimed_by}
          name={review.barcode}
        />
      </Cell>
    </Row>
  );
}

function Due({ at }: { at: string }) {
  const leftSeconds = (Date.parse(at) - Date.now()) / 1000;
  return (
    <>
      {leftSeconds <= 0 ? <strong>Overdue</strong> : `in ${formatDuration(leftSeconds)}`}
      <Text size="sm" c="dimmed">
        <Moment at={at} />
      </Text>
    </>
  );
}
