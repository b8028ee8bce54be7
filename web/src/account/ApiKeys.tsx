// API keys: create (the key is shown once), list, revoke.

import {
  Badge,
  Button,
  Checkbox,
  Code,
  Group,
  Loader,
  Modal,
  NativeSelect,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { createApiKeyFor, revokeApiKey, type ApiKey } from '../api.ts';
import { Moment } from '../jobs/Moment.tsx';
import cards from '../layout/CardTable.module.css';
import { ProblemAlert } from '../layout/ProblemAlert.tsx';
import { queryKeys, useApiKeys } from '../queries.ts';
import { CopyText } from '../text/CopyText.tsx';
import { expiryAfterDays } from './expiry.ts';

export function ApiKeys() {
  const keys = useApiKeys();
  const [toRevoke, setToRevoke] = useState<ApiKey | null>(null);
  return (
    <section aria-labelledby="keys-title" style={{ marginTop: '2.5rem' }}>
      <Title order={2} id="keys-title" mb={4}>
        API keys
      </Title>
      <Text c="dimmed" mb="md">
        For programs that act as you. A key is sent as a bearer token: <Code>Authorization: Bearer KEY</Code>
      </Text>
      <CreateKey />
      {keys.isPending ? <Loader size="sm" role="status" aria-label="Loading" /> : null}
      {keys.isError ? <ProblemAlert error={keys.error} onRetry={() => void keys.refetch()} /> : null}
      {keys.data?.api_keys.length === 0 ? <Text>You have no API keys.</Text> : null}
      {keys.data && keys.data.api_keys.length > 0 ? (
        <KeyTable keys={keys.data.api_keys} onRevoke={setToRevoke} />
      ) : null}
      <RevokeKey apiKey={toRevoke} onClose={() => setToRevoke(null)} />
    </section>
  );
}

function CreateKey() {
  const [name, setName] = useState('');
  const [days, setDays] = useState('90');
  const [mayWrite, setMayWrite] = useState(true);
  const client = useQueryClient();
  const create = useMutation({
    mutationFn: () =>
      createApiKeyFor({
        name: name.trim(),
        scopes: mayWrite ? ['annotations:read', 'annotations:write'] : ['annotations:read'],
        ...(days === '' ? {} : { expires_at: expiryAfterDays(Number(days), new Date()) }),
      }),
    onSuccess: () => {
      setName('');
      void client.invalidateQueries({ queryKey: queryKeys.apiKeys });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() !== '') create.mutate();
  };
  return (
    <>
      <form onSubmit={submit} aria-label="Create an API key">
        <Group align="flex-end" gap="md">
          <TextInput
            label="Name"
            description="What the key is for"
            required
            maxLength={100}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <NativeSelect
            label="Expires"
            value={days}
            onChange={(event) => setDays(event.currentTarget.value)}
            data={[
              { value: '30', label: 'in 30 days' },
              { value: '90', label: 'in 90 days' },
              { value: '365', label: 'in a year' },
              { value: '', label: 'never' },
            ]}
          />
          <Checkbox
            label="May start, cancel and erase jobs"
            checked={mayWrite}
            onChange={(event) => setMayWrite(event.currentTarget.checked)}
            mb={8}
          />
          <Button type="submit" loading={create.isPending} disabled={name.trim() === ''}>
            Create a key
          </Button>
        </Group>
      </form>
      {create.isError ? <ProblemAlert error={create.error} /> : null}
      <NewKey apiKey={create.data?.api_key} onClose={() => create.reset()} />
    </>
  );
}

function NewKey({ apiKey, onClose }: { apiKey: string | undefined; onClose: () => void }) {
  return (
    <Modal
      opened={apiKey !== undefined}
      onClose={onClose}
      title="Your new API key"
      // A click beside the dialog must not lose what is shown only once.
      closeOnClickOutside={false}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <Text size="sm" mb="sm">
        Copy it now: it is shown only once, and nobody can show it again.
      </Text>
      <Code block style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
        {apiKey}
      </Code>
      <Group justify="space-between" mt="md">
        <CopyText text={apiKey ?? ''} label="Copy the key" />
        <Button onClick={onClose}>I have copied it</Button>
      </Group>
    </Modal>
  );
}

function KeyTable({ keys, onRevoke }: { keys: readonly ApiKey[]; onRevoke: (key: ApiKey) => void }) {
  return (
    <table className={cards.table} role="table" aria-label="API keys" style={{ marginTop: '1rem' }}>
      <thead role="rowgroup">
        <tr role="row">
          {['Name', 'Begins with', 'Created', 'Expires', 'Last used', 'Action'].map((column) => (
            <th key={column} role="columnheader" scope="col">
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {keys.map((key) => (
          <tr key={key.api_key_id} role="row">
            <td role="cell" data-column="Name" data-lead>
              {key.name}
              {key.scopes.includes('annotations:write') ? null : (
                <Badge variant="outline" color="gray" c="inherit" tt="none" ml="xs">
                  read only
                </Badge>
              )}
            </td>
            <td role="cell" data-column="Begins with">
              <code>{key.prefix}</code>
            </td>
            <td role="cell" data-column="Created">
              <Moment at={key.created_at} />
            </td>
            <td role="cell" data-column="Expires">
              {key.expires_at === null ? 'never' : <Moment at={key.expires_at} />}
            </td>
            <td role="cell" data-column="Last used">
              {key.last_used_at === null ? 'never' : <Moment at={key.last_used_at} />}
            </td>
            <td role="cell" data-act>
              <Button size="xs" variant="default" onClick={() => onRevoke(key)} aria-label={`Revoke ${key.name}`}>
                Revoke
              </Button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function RevokeKey({ apiKey, onClose }: { apiKey: ApiKey | null; onClose: () => void }) {
  const client = useQueryClient();
  const revoke = useMutation({
    mutationFn: (apiKeyId: string) => revokeApiKey(apiKeyId),
    onSuccess: () => {
      onClose();
      void client.invalidateQueries({ queryKey: queryKeys.apiKeys });
    },
  });
  return (
    <Modal
      opened={apiKey !== null}
      onClose={onClose}
      title="Revoke this API key?"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <Text size="sm">Programs that use “{apiKey?.name}” are refused from now on. This cannot be undone.</Text>
      {revoke.isError ? <ProblemAlert error={revoke.error} /> : null}
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose} data-autofocus>
          Keep it
        </Button>
        <Button
          color="red.9"
          loading={revoke.isPending}
          onClick={() => {
            if (apiKey !== null) revoke.mutate(apiKey.api_key_id);
          }}
        >
          Revoke
        </Button>
      </Group>
    </Modal>
  );
}
