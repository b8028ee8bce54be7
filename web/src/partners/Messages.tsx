// What was sent to a webhook endpoint, with every attempt; any of it can be sent again.

import { Anchor, Button, Text, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { PartnerEvent, WebhookState } from '../../../domain/partners.ts';
import { isAllowed } from '../../../domain/permissions.ts';
import { ACTION_WORDS } from '../audit/words.ts';
import { Moment } from '../jobs/Moment.tsx';
import { resendMessage, type EndpointRef, type WebhookMessage } from '../laboratory/api.ts';
import { laboratoryKeys, useWebhookMessages } from '../laboratory/queries.ts';
import { CardTable, Cell, PagedList, Row } from '../layout/CardTable.tsx';
import { ProblemAlert } from '../layout/ProblemAlert.tsx';
import { useMe } from '../queries.ts';
import { formatAnswerTime, formatShortId } from '../text/format.ts';
import classes from './Endpoint.module.css';

export function Messages({ endpointRef }: { endpointRef: EndpointRef }) {
  const list = useWebhookMessages(endpointRef);
  const messages = list.data?.pages.flatMap((page) => page.messages) ?? [];
  return (
    <>
      <Title order={4} size="h5" mt="md" mb="xs">
        Delivery log
      </Title>
      <PagedList list={list} isEmpty={messages.length === 0} empty={<Text size="sm">Nothing was sent yet.</Text>}>
        <CardTable label="Delivery log" columns={['Event', 'Sent', 'State', 'Attempts', 'Action']}>
          {messages.map((message) => (
            <MessageRow key={message.message_id} endpointRef={endpointRef} message={message} />
          ))}
        </CardTable>
      </PagedList>
    </>
  );
}

function MessageRow({ endpointRef, message }: { endpointRef: EndpointRef; message: WebhookMessage }) {
  const client = useQueryClient();
  const resend = useMutation({
    mutationFn: () => resendMessage(endpointRef, message.message_id),
    onSettled: () => void client.invalidateQueries({ queryKey: laboratoryKeys.messages(endpointRef) }),
  });
  // What is on its way may wait for hours between two attempts.
  const label = message.state === 'pending' ? 'Send now' : 'Send again';
  // While the gateways are replaced, one of the version before does not say.
  const deliveryId = message.delivery_id ?? null;
  const ids = [
    ...(deliveryId === null ? [] : [formatShortId(deliveryId)]),
    `message ${formatShortId(message.message_id)}`,
  ];
  const name = [eventInWords(message.event_type), ...ids].join(', ');
  return (
    <Row>
      <Cell column="Event" as="lead">
        {eventInWords(message.event_type)}
        {deliveryId === null ? null : <DeliveryName deliveryId={deliveryId} />}
      </Cell>
      <Cell column="Sent">
        <Moment at={message.created_at} />
      </Cell>
      <Cell column="State">{STATES[message.state]}</Cell>
      <Cell column="Attempts" as="prose">
        {message.attempts.length === 0 ? (
          'None yet'
        ) : (
          <ol className={classes.attempts}>
            {message.attempts.map((attempt) => (
              <li key={attempt.at}>
                <Moment at={attempt.at} />: {attempt.status === null ? attempt.outcome : `HTTP ${attempt.status}`},
                after {formatAnswerTime(attempt.duration_ms)}
              </li>
            ))}
          </ol>
        )}
      </Cell>
      <Cell column="Action" as="act">
        {/* Before the first attempt there is nothing to be sent again. */}
        {message.attempts.length === 0 ? null : (
          <Button
            size="xs"
            variant="default"
            loading={resend.isPending}
            onClick={() => resend.mutate()}
            aria-label={`${label}: ${name}`}
          >
            {label}
          </Button>
        )}
        {resend.isError ? <ProblemAlert error={resend.error} /> : null}
      </Cell>
    </Row>
  );
}

/** As the list of deliveries tells those of one partner apart. */
function DeliveryName({ deliveryId }: { deliveryId: string }) {
  const role = useMe().data?.role;
  const look = { display: 'block', size: 'sm', ff: 'monospace', fw: 'normal' } as const;
  const shortId = formatShortId(deliveryId);
  if (role === undefined || !isAllowed(role, 'delivery.read')) return <Text {...look}>{shortId}</Text>;
  return (
    <Anchor
      {...look}
      underline="always"
      aria-label={`Delivery ${shortId}`}
      renderRoot={(props) => <Link {...props} to="/deliveries/$deliveryId" params={{ deliveryId }} />}
    >
      {shortId}
    </Anchor>
  );
}

const STATES: Record<WebhookState, string> = {
  pending: 'On its way',
  delivered: 'Arrived',
  failed: 'Given up',
  cancelled: 'Cancelled',
};

const EVENTS: Record<PartnerEvent, string> = {
  'delivery.released': ACTION_WORDS['delivery.released'],
  'delivery.revoked': ACTION_WORDS['delivery.revoked'],
  'webhook.tested': 'Test',
};

/** An event that these pages do not know yet is named as it is. */
function eventInWords(type: string): string {
  return isKnown(type) ? EVENTS[type] : type;
}

const isKnown = (type: string): type is PartnerEvent => Object.hasOwn(EVENTS, type);
