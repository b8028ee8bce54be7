// /deliveries: the laboratory's deliveries, newest first, filtered by state.

import { Anchor, Button, Group, NativeSelect, Text } from '@mantine/core';
import { Link, useNavigate } from '@tanstack/react-router';
import { DELIVERY_STATES, type DeliveryState } from '../../../domain/review.ts';
import { Moment } from '../jobs/Moment.tsx';
import type { DeliveryListItem } from '../laboratory/api.ts';
import { DELIVERY_STATE_LABELS, DeliveryBadge } from '../laboratory/labels.tsx';
import { OnlyInLaboratory } from '../laboratory/OnlyInLaboratory.tsx';
import { useDeliveries } from '../laboratory/queries.ts';
import { CardTable, Cell, PagedList, Row } from '../layout/CardTable.tsx';
import { PageTitle } from '../layout/PageTitle.tsx';
import { formatShortId } from '../text/format.ts';

export function DeliveryListPage({ state }: { state: DeliveryState | undefined }) {
  return (
    <>
      <PageTitle title="Deliveries" lead="What is reviewed for partners, and what they have got, newest first." />
      <OnlyInLaboratory>
        <Deliveries state={state} />
      </OnlyInLaboratory>
    </>
  );
}

function Deliveries({ state }: { state: DeliveryState | undefined }) {
  const navigate = useNavigate();
  const list = useDeliveries(state);
  const deliveries = list.data?.pages.flatMap((page) => page.deliveries) ?? [];
  return (
    <>
      <Group align="flex-end" justify="space-between" mb="md">
        <NativeSelect
          label="State"
          value={state ?? ''}
          data={[
            { value: '', label: 'All' },
            ...DELIVERY_STATES.map((value) => ({ value, label: DELIVERY_STATE_LABELS[value] })),
          ]}
          onChange={(event) => {
            const chosen = DELIVERY_STATES.find((known) => known === event.currentTarget.value);
            void navigate({ to: '/deliveries', search: chosen === undefined ? {} : { state: chosen }, replace: true });
          }}
        />
        <Button component={Link} to="/deliveries/new">
          Prepare a delivery
        </Button>
      </Group>
      <PagedList
        list={list}
        isEmpty={deliveries.length === 0}
        empty={
          <Text>
            {state === undefined
              ? 'There are no deliveries yet.'
              : `No delivery has the state “${DELIVERY_STATE_LABELS[state]}”.`}
          </Text>
        }
      >
        <CardTable label="Deliveries" columns={['Partner', 'State', 'Prepared', 'Released']}>
          {deliveries.map((delivery) => (
            <DeliveryRow key={delivery.delivery_id} delivery={delivery} />
          ))}
        </CardTable>
      </PagedList>
    </>
  );
}

function DeliveryRow({ delivery }: { delivery: DeliveryListItem }) {
  // A partner has many: this tells them apart.
  const shortId = formatShortId(delivery.delivery_id);
  return (
    <Row>
      <Cell column="Partner" as="lead">
        <Anchor
          underline="always"
          lineClamp={2}
          aria-label={`${delivery.partner_name}, ${shortId}`}
          renderRoot={(props) => (
            <Link {...props} to="/deliveries/$deliveryId" params={{ deliveryId: delivery.delivery_id }} />
          )}
        >
          {delivery.partner_name}
        </Anchor>
        <Text size="sm" ff="monospace" fw="normal" c="dimmed">
          {shortId}
        </Text>
      </Cell>
      <Cell column="State">
        <DeliveryBadge state={delivery.state} />
        {delivery.release_failure !== undefined && delivery.state === 'ready' ? ' Release failed' : null}
      </Cell>
      <Cell column="Prepared">
        <Moment at={delivery.created_at} />
      </Cell>
      <Cell column="Released">
        {delivery.released_at === undefined ? 'Not yet' : <Moment at={delivery.released_at} />}
      </Cell>
    </Row>
  );
}
