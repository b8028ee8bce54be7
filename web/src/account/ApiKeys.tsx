// API keys: create (the key is shown once), list, revoke.

import { Badge, Box, Button, Checkbox, Code, Group, Loader, Modal, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { createApiKeyFor, revokeApiKey, type ApiKey } from '../api.ts';
import { Moment } from '../jobs/Moment.tsx';
import { CardTable, Cell, Row } from '../layout/CardTable.tsx';
import { Confirm } from '../layout/Confirm.tsx';
import { DANGEROUS } from '../layout/dangerous.ts';
import { ProblemAlert } from '../layout/ProblemAlert.tsx';
import { queryKeys, useApiKeys } from '../queries.ts';
import { CopyText } from '../text/CopyText.tsx';
import { expiryAfterDays } from './expiry.ts';
import { ExpirySelect } from './ExpirySelect.tsx';

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
      {keys.data?.api_keys.length === 0 ? <Text mt="md">You have no API keys.</Text> : null}
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
          <ExpirySelect days={days} onChange={setDays} mayBeEndless />
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
    <Box mt="md">
      <CardTable label="API keys" columns={['Name', 'Begins with', 'Created', 'Expires', 'Last used', 'Action']}>
        {keys.map((key) => (
          <KeyRow key={key.api_key_id} apiKey={key} onRevoke={() => onRevoke(key)} />
        ))}
      </CardTable>
    </Box>
  );
}

function KeyRow({ apiKey, onRevoke }: { apiKey: ApiKey; onRevoke: () => void }) {
  return (
    <Row>
      <Cell column="Name" as="lead">
        {apiKey.name}
        {apiKey.scopes.includes('annotations:write') ? null : (
          <Badge variant="outline" color="gray" c="inherit" tt="none" ml="xs">
            read only
          </Badge>
        )}
      </Cell>
      <Cell column="Begins with">
        <code>{apiKey.prefix}</code>
      </Cell>
      <Cell column="Created">
        <Moment at={apiKey.created_at} />
      </Cell>
      <Cell column="Expires">{apiKey.expires_at === null ? 'Never' : <Moment at={apiKey.expires_at} />}</Cell>
      <Cell column="Last used">{apiKey.last_used_at === null ? 'Never' : <Moment at={apiKey.last_used_at} />}</Cell>
      <Cell column="Action" as="act">
        <Button size="xs" {...DANGEROUS} onClick={onRevoke} aria-label={`Revoke ${apiKey.name}`}>
          Revoke
        </Button>
      </Cell>
    </Row>
  );
}

function RevokeKey({ apiKey, onClose }: { apiKey: ApiKey | null; onClose: () => void }) {
  const client = useQueryClient();
  const revoke = useMutation({
    mutationFn: async () => {
      if (apiKey !== null) await revokeApiKey(apiKey.api_key_id);
    },
    onSuccess: () => {
      onClose();
      void client.invalidateQueries({ queryKey: queryKeys.apiKeys });
    },
  });
  return (
    <Confirm
      isOpen={apiKey !== null}
      onClose={onClose}
      title="Revoke this API key?"
      act={{ label: 'Revoke', isDangerous: true }}
      keepLabel="Keep it"
      mutation={revoke}
    >
      <Text size="sm">Programs that use “{apiKey?.name}” are refused from now on. This cannot be undone.</Text>
    </Confirm>
  );
}
