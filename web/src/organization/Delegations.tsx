// While a reviewer is away, a colleague decides in their stead.

import { Button, Group, Loader, NativeSelect, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { Moment } from '../jobs/Moment.tsx';
import { createDelegationTo, endDelegation, type Delegation, type Member } from '../laboratory/api.ts';
import { useMemberName } from '../laboratory/member-name.ts';
import { laboratoryKeys, useDelegations } from '../laboratory/queries.ts';
import { CardTable, Cell, Row } from '../layout/CardTable.tsx';
import { ProblemAlert } from '../layout/ProblemAlert.tsx';

interface Props {
  members: readonly Member[];
  myId: string;
  /** Delegates who are no reviewers only see what they were given. */
  mayGive: boolean;
}

export function Delegations({ members, myId, mayGive }: Props) {
  const { data, error, isPending, refetch } = useDelegations(true);
  const delegations = data?.delegations ?? [];
  return (
    <>
      <Text size="sm" mb="sm">
        Who you name decides in your stead for that time; what they sign says so. Each level of a sample still needs
        another person. Times are those of your own time zone, {Intl.DateTimeFormat().resolvedOptions().timeZone}.
      </Text>
      {isPending ? <Loader size="sm" role="status" aria-label="Loading" /> : null}
      {error === null ? null : <ProblemAlert error={error} onRetry={() => void refetch()} />}
      {data !== undefined && delegations.length === 0 ? <Text>Nobody stands in for anybody.</Text> : null}
      {delegations.length > 0 ? (
        <CardTable label="Delegations" columns={['Who decides', 'In the stead of', 'From', 'Until', 'Action']}>
          {delegations.map((delegation) => (
            <DelegationRow
              key={delegation.delegation_id}
              delegation={delegation}
              isMine={delegation.user_id === myId}
            />
          ))}
        </CardTable>
      ) : null}
      {mayGive ? <NewDelegation colleagues={members.filter(({ user_id }) => user_id !== myId)} /> : null}
    </>
  );
}

function DelegationRow({ delegation, isMine }: { delegation: Delegation; isMine: boolean }) {
  const nameOf = useMemberName();
  const client = useQueryClient();
  const end = useMutation({
    mutationFn: () => endDelegation(delegation.delegation_id),
    onSettled: () => void client.invalidateQueries({ queryKey: laboratoryKeys.delegations }),
  });
  return (
    <Row>
      <Cell column="Who decides" as="lead">
        {nameOf(delegation.delegate_id)}
      </Cell>
      <Cell column="In the stead of">{nameOf(delegation.user_id)}</Cell>
      <Cell column="From">
        <Moment at={delegation.starts_at} />
      </Cell>
      <Cell column="Until">
        <Moment at={delegation.ends_at} />
      </Cell>
      <Cell column="Action" as="act">
        {isMine ? (
          <Button
            size="xs"
            variant="default"
            loading={end.isPending}
            onClick={() => end.mutate()}
            aria-label={`End the delegation to ${nameOf(delegation.delegate_id)}`}
          >
            End it
          </Button>
        ) : null}
        {end.isError ? <ProblemAlert error={end.error} /> : null}
      </Cell>
    </Row>
  );
}

function NewDelegation({ colleagues }: { colleagues: readonly Member[] }) {
  const [delegateId, setDelegateId] = useState('');
  const [from, setFrom] = useState('');
  const [until, setUntil] = useState('');
  const client = useQueryClient();
  const create = useMutation({
    // The fields hold the reader's own time, which Date reads as such.
    mutationFn: () =>
      createDelegationTo({
        delegate_id: delegateId,
        starts_at: new Date(from).toISOString(),
        ends_at: new Date(until).toISOString(),
      }),
    onSuccess: () => {
      setDelegateId('');
      setFrom('');
      setUntil('');
      void client.invalidateQueries({ queryKey: laboratoryKeys.delegations });
    },
  });
  const isReady = delegateId !== '' && from !== '' && until !== '' && until > from;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isReady && !create.isPending) create.mutate();
  };
  return (
    <form onSubmit={submit} aria-label="I am away">
      <Group align="flex-end" gap="md" mt="md">
        <NativeSelect
          label="Who decides"
          value={delegateId}
          onChange={(event) => setDelegateId(event.currentTarget.value)}
          data={[
            { value: '', label: 'Choose a colleague' },
            ...colleagues.map((member) => ({ value: member.user_id, label: member.name ?? member.email })),
          ]}
        />
        <TextInput
          label="From"
          type="datetime-local"
          value={from}
          onChange={(event) => setFrom(event.currentTarget.value)}
        />
        <TextInput
          label="Until"
          type="datetime-local"
          value={until}
          onChange={(event) => setUntil(event.currentTarget.value)}
          error={from !== '' && until !== '' && until <= from ? 'Must be after the beginning' : undefined}
        />
        <Button type="submit" variant="default" loading={create.isPending} disabled={!isReady}>
          Delegate
        </Button>
      </Group>
      {create.isError ? <ProblemAlert error={create.error} /> : null}
    </form>
  );
}
