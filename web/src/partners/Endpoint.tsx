// One webhook endpoint: test it, change its address or secret, enable it again, remove it, and see what was sent.

import { Button, Group, Modal, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import type { DisabledReason } from '../../../domain/partners.ts';
import { Moment } from '../jobs/Moment.tsx';
import {
  changeEndpointUrl,
  enableEndpoint,
  removeEndpoint,
  rotateEndpointSecret,
  testEndpoint,
  type EndpointRef,
  type WebhookEndpoint,
} from '../laboratory/api.ts';
import { laboratoryKeys } from '../laboratory/queries.ts';
import { Confirm } from '../layout/Confirm.tsx';
import { DANGEROUS } from '../layout/dangerous.ts';
import { ProblemAlert } from '../layout/ProblemAlert.tsx';
import { Fact, Facts } from '../layout/Section.tsx';
import { countOf } from '../text/format.ts';
import classes from './Endpoint.module.css';
import { Messages } from './Messages.tsx';
import { Secrets } from './Secrets.tsx';

interface Props {
  partnerId: string;
  endpoint: WebhookEndpoint;
  /** Of the partner. */
  isActive: boolean;
}

export function Endpoint({ partnerId, endpoint, isActive }: Props) {
  const ref = { partnerId, endpointId: endpoint.endpoint_id };
  const test = useAct(ref, () => testEndpoint(ref));
  const enable = useAct(ref, () => enableEndpoint(ref));
  const rotate = useAct(ref, () => rotateEndpointSecret(ref));
  const [asked, setAsked] = useState<'url' | 'rotate' | 'remove' | null>(null);
  const close = () => setAsked(null);
  const remove = useAct(ref, () => removeEndpoint(ref), close);
  const isEnabled = endpoint.disabled_at === null;
  return (
    <article className={classes.endpoint} aria-label={`Webhook ${endpoint.url}`}>
      <Title order={3} size="h4" className={classes.url}>
        {endpoint.url}
      </Title>
      <EndpointFacts endpoint={endpoint} />
      {isActive ? (
        <Group gap="sm" mt="sm">
          {isEnabled ? (
            <Button size="xs" variant="default" loading={test.isPending} onClick={() => test.mutate()}>
              Send a test
            </Button>
          ) : (
            <Button size="xs" loading={enable.isPending} onClick={() => enable.mutate()}>
              Enable it again
            </Button>
          )}
          <Button size="xs" variant="default" onClick={() => setAsked('url')}>
            Change the address
          </Button>
          <Button size="xs" variant="default" onClick={() => setAsked('rotate')}>
            New secret
          </Button>
          <Button size="xs" {...DANGEROUS} onClick={() => setAsked('remove')}>
            Remove
          </Button>
        </Group>
      ) : null}
      <Text size="sm" role="status" mt={test.isSuccess ? 'xs' : 0}>
        {test.isSuccess ? 'A test event is on its way: the log below shows what came of it.' : ''}
      </Text>
      {test.isError ? <ProblemAlert error={test.error} /> : null}
      {enable.isError ? <ProblemAlert error={enable.error} /> : null}
      <Messages endpointRef={ref} />
      <ChangeUrl key={endpoint.url} endpointRef={ref} url={endpoint.url} isOpen={asked === 'url'} onClose={close} />
      <Confirm
        isOpen={asked === 'rotate' && !rotate.isSuccess}
        onClose={close}
        title="Make a new secret?"
        act={{ label: 'Make it' }}
        keepLabel="Keep the secret"
        mutation={{ ...rotate, reset: () => undefined }}
      >
        <Text size="sm">
          The new one is shown once. For a day both sign what is sent, so that the partner can change over in peace.
        </Text>
      </Confirm>
      <Secrets
        title="The webhook’s new secret"
        secrets={rotate.data === undefined ? [] : [{ name: 'Webhook secret', value: rotate.data.webhook_secret }]}
        onClose={() => {
          close();
          rotate.reset();
        }}
      />
      <Confirm
        isOpen={asked === 'remove'}
        onClose={close}
        title="Remove this webhook?"
        act={{ label: 'Remove', isDangerous: true }}
        keepLabel="Keep it"
        mutation={remove}
      >
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          Nothing is sent to {endpoint.url} any more, and what waits to be sent is cancelled.
        </Text>
      </Confirm>
    </article>
  );
}

function EndpointFacts({ endpoint }: { endpoint: WebhookEndpoint }) {
  const { disabled_at: disabledAt, disabled_reason: reason, failing_since: failingSince, secrets } = endpoint;
  const retiring = secrets.find(({ expires_at: until }) => until !== null)?.expires_at;
  return (
    <Facts>
      <Fact name="State">
        {disabledAt !== null ? (
          <>
            Disabled on <Moment at={disabledAt} />: {reason === null ? 'for no known reason' : REASONS[reason]}
          </>
        ) : failingSince !== null ? (
          <>
            Failing since <Moment at={failingSince} />
          </>
        ) : (
          'Enabled'
        )}
      </Fact>
      {endpoint.failures_in_a_row === 0 ? null : (
        <Fact name="Given up">{countOf(endpoint.failures_in_a_row, 'message')} in a row</Fact>
      )}
      {retiring == null ? null : (
        <Fact name="The old secret signs until">
          <Moment at={retiring} />
        </Fact>
      )}
    </Facts>
  );
}

const REASONS: Record<DisabledReason, string> = {
  gone: 'it answered that it is gone for good',
  failing: 'it did not work for too long',
  partner_disabled: 'the partner is disabled',
  removed: 'it was removed',
};

function useAct<Answer>(ref: EndpointRef, act: () => Promise<Answer>, onDone?: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: act,
    onSuccess: () => onDone?.(),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: laboratoryKeys.endpoints(ref.partnerId) });
      void client.invalidateQueries({ queryKey: laboratoryKeys.messages(ref) });
    },
  });
}

interface ChangeProps {
  endpointRef: EndpointRef;
  url: string;
  isOpen: boolean;
  onClose: () => void;
}

function ChangeUrl({ endpointRef, url, isOpen, onClose }: ChangeProps) {
  const [typed, setTyped] = useState(url);
  const change = useAct(endpointRef, () => changeEndpointUrl(endpointRef, typed.trim()), onClose);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typed.trim() !== '' && !change.isPending) change.mutate();
  };
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      onExitTransitionEnd={change.reset}
      title="Change the address"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form onSubmit={submit}>
        <TextInput
          label="Address"
          required
          maxLength={2000}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          data-autofocus
        />
        {change.isError ? <ProblemAlert error={change.error} /> : null}
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={change.isPending} disabled={typed.trim() === '' || typed.trim() === url}>
            Change it
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
