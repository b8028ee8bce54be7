// The members of the laboratory; an administrator gives roles, adds and removes people.

import { Button, Group, NativeSelect, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { ROLES, type Role } from '../../../domain/principal.ts';
import { addMemberBy, removeMember, setRoleOf, type Member, type Organization } from '../laboratory/api.ts';
import { ROLE_LABELS } from '../laboratory/labels.tsx';
import { laboratoryKeys } from '../laboratory/queries.ts';
import { CardTable, Cell, Row } from '../layout/CardTable.tsx';
import { Confirm } from '../layout/Confirm.tsx';
import { DANGEROUS } from '../layout/dangerous.ts';
import { ProblemAlert } from '../layout/ProblemAlert.tsx';
import { queryKeys } from '../queries.ts';

interface Props {
  members: readonly Member[];
  isAdmin: boolean;
  myId: string;
}

interface RoleChange {
  member: Member;
  from: Role;
  to: Role;
}

export function Members({ members, isAdmin, myId }: Props) {
  const [toRemove, setToRemove] = useState<Member | null>(null);
  const [changed, setChanged] = useState<RoleChange | null>(null);
  const client = useQueryClient();
  const setRole = useMutation({
    mutationFn: ({ member, to }: RoleChange) => setRoleOf(member.user_id, { role: to }),
    onSuccess: (changedMember, change) => {
      // What is said below and what is shown above must not differ until the list is read again.
      client.setQueriesData<Organization>({ queryKey: laboratoryKeys.organization }, (known) =>
        known === undefined ? undefined : { ...known, members: known.members.map(replacing(changedMember)) },
      );
      setChanged(change);
    },
    onSettled: () => {
      void client.invalidateQueries({ queryKey: laboratoryKeys.organization });
      // It may be one's own role.
      void client.invalidateQueries({ queryKey: queryKeys.me });
    },
  });
  const undo = () => {
    if (changed !== null) setRole.mutate({ member: changed.member, from: changed.to, to: changed.from });
  };
  return (
    <>
      <CardTable label="Members" columns={['Name', 'E-mail', 'Role', ...(isAdmin ? ['Action'] : [])]}>
        {members.map((member) => (
          <Row key={member.user_id}>
            <Cell column="Name" as="lead">
              {nameOf(member)}
              {member.user_id === myId ? ' (you)' : ''}
            </Cell>
            <Cell column="E-mail" as="prose">
              {member.email}
            </Cell>
            <Cell column="Role">
              {isAdmin ? (
                <RoleChoice
                  member={member}
                  isBusy={setRole.isPending}
                  onChoose={(to) => setRole.mutate({ member, from: member.role, to })}
                />
              ) : (
                ROLE_LABELS[member.role]
              )}
            </Cell>
            {isAdmin ? (
              <Cell column="Action" as="act">
                <Button
                  size="xs"
                  {...DANGEROUS}
                  onClick={() => setToRemove(member)}
                  aria-label={`Remove ${nameOf(member)}`}
                >
                  Remove
                </Button>
              </Cell>
            ) : null}
          </Row>
        ))}
      </CardTable>
      <Group gap="sm" mt="sm" role="status">
        {changed === null ? null : (
          <>
            <Text size="sm">
              {nameOf(changed.member)} is {ROLE_LABELS[changed.to].toLowerCase()} now.
            </Text>
            <Button size="xs" variant="default" loading={setRole.isPending} onClick={undo}>
              Undo
            </Button>
          </>
        )}
      </Group>
      {setRole.isError ? <ProblemAlert error={setRole.error} /> : null}
      <RemoveMember member={toRemove} onClose={() => setToRemove(null)} />
    </>
  );
}

const replacing = (changed: Member) => (member: Member) => (member.user_id === changed.user_id ? changed : member);

const nameOf = ({ name, email }: Member): string => name ?? email;

interface RoleChoiceProps {
  member: Member;
  isBusy: boolean;
  onChoose: (role: Role) => void;
}

function RoleChoice({ member, isBusy, onChoose }: RoleChoiceProps) {
  return (
    <NativeSelect
      aria-label={`Role of ${nameOf(member)}`}
      size="xs"
      miw="12rem"
      value={member.role}
      disabled={isBusy}
      onChange={(event) => {
        const chosen = ROLES.find((known) => known === event.currentTarget.value);
        if (chosen !== undefined && chosen !== member.role) onChoose(chosen);
      }}
      data={ROLES.map((value) => ({ value, label: ROLE_LABELS[value] }))}
    />
  );
}

function RemoveMember({ member, onClose }: { member: Member | null; onClose: () => void }) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: async () => {
      if (member !== null) await removeMember(member.user_id);
    },
    onSuccess: () => {
      onClose();
      void client.invalidateQueries({ queryKey: laboratoryKeys.organization });
    },
  });
  return (
    <Confirm
      isOpen={member !== null}
      onClose={onClose}
      title={`Remove ${member === null ? '' : nameOf(member)}?`}
      act={{ label: 'Remove', isDangerous: true }}
      keepLabel="Keep them"
      mutation={remove}
    >
      <Text size="sm">
        They see nothing of the laboratory any more, and their sessions and API keys end at once. What they did and
        signed stays on record. You can add them again as long as they own nothing elsewhere.
      </Text>
    </Confirm>
  );
}

export function AddMember() {
  const [email, setEmail] = useState('');
  const client = useQueryClient();
  const add = useMutation({
    mutationFn: () => addMemberBy({ email: email.trim() }),
    onSuccess: () => {
      setEmail('');
      void client.invalidateQueries({ queryKey: laboratoryKeys.organization });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (email.trim() !== '' && !add.isPending) add.mutate();
  };
  return (
    <form onSubmit={submit} aria-label="Add a member">
      <Group align="flex-end" gap="md" mt="md">
        <TextInput
          label="E-mail of a new member"
          type="email"
          description="Somebody who has signed in here before, and owns nothing yet"
          maxLength={320}
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
          w="min(24rem, 100%)"
        />
        <Button type="submit" variant="default" loading={add.isPending} disabled={email.trim() === ''}>
          Add the member
        </Button>
      </Group>
      <Text size="sm" role="status" mt="xs">
        {add.data === undefined ? '' : `${nameOf(add.data)} is a member now. Give them a role above.`}
      </Text>
      {add.isError ? <ProblemAlert error={add.error} /> : null}
    </form>
  );
}
