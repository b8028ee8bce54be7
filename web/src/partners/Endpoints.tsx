// A partner's webhook endpoints: where their program is told, whether it works, and what can be done about it.

import { Button, Group, Loader, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { addEndpoint, type WebhookEndpoint } from '../laboratory/api.ts';
import { laboratoryKeys, useEndpoints } from '../laboratory/queries.ts';
import { ProblemAlert } from '../layout/ProblemAlert.tsx';
import { Endpoint } from './Endpoint.tsx';
import { Secrets } from './Secrets.tsx';

export function Endpoints({ partnerId, isActive }: { partnerId: string; isActive: boolean }) {
  const { data, isPending, error, refetch } = useEndpoints(partnerId);
  const endpoints = data?.endpoints.filter(isThere) ?? [];
  return (
    <>
      {isPending ? <Loader size="sm" role="status" aria-label="Loading" /> : null}
      {error === null ? null : <ProblemAlert error={error} onRetry={() => void refetch()} />}
      {data !== undefined && endpoints.length === 0 ? (
        <Text mb="sm">There are no webhooks: the partner’s program has to ask by itself.</Text>
      ) : null}
      {endpoints.map((endpoint) => (
        <Endpoint key={endpoint.endpoint_id} partnerId={partnerId} endpoint={endpoint} isActive={isActive} />
      ))}
      {isActive ? <AddEndpoint partnerId={partnerId} /> : null}
    </>
  );
}

const isThere = ({ disabled_reason: reason }: WebhookEndpoint): boolean => reason !== 'removed';

function AddEndpoint({ partnerId }: { partnerId: string }) {
  const [url, setUrl] = useState('');
  const client = useQueryClient();
  const add = useMutation({
    mutationFn: () => addEndpoint(partnerId, url.trim()),
    onSuccess: () => {
      setUrl('');
      void client.invalidateQueries({ queryKey: laboratoryKeys.endpoints(partnerId) });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (url.trim() !== '' && !add.isPending) add.mutate();
  };
  return (
    <form onSubmit={submit} aria-label="Add a webhook">
      <Group align="flex-end" gap="md" mt="md">
        <TextInput
          label="Address of another webhook"
          description="https, reachable from the internet"
          maxLength={2000}
          value={url}
          onChange={(event) => setUrl(event.currentTarget.value)}
          w="min(26rem, 100%)"
        />
        <Button type="submit" variant="default" loading={add.isPending} disabled={url.trim() === ''}>
          Add a webhook
        </Button>
      </Group>
      {add.isError ? <ProblemAlert error={add.error} /> : null}
      <Secrets
        title="The webhook’s secret"
        secrets={add.data === undefined ? [] : [{ name: 'Webhook secret', value: add.data.webhook_secret }]}
        onClose={add.reset}
      />
    </form>
  );
}
