// What of the audit log is shown: a kind of thing or one thing, who did it, and when.

import { Button, Group, NativeSelect, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { auditSearchOf, isFiltered, type AuditSearch } from './search.ts';

interface Props {
  search: AuditSearch;
  /** Who may be chosen: the actor's name in the log, and how people call them. */
  people: readonly { value: string; label: string }[];
  onChange: (search: AuditSearch) => void;
}

/** Remounted by its `key` when the address changes, so that it shows what is in force. */
export function AuditFilters({ search, people, onChange }: Props) {
  const [draft, setDraft] = useState(search);
  const set = (change: AuditSearch) => setDraft({ ...draft, ...change });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onChange(auditSearchOf({ ...draft }));
  };
  const isKnown = draft.actor === undefined || people.some(({ value }) => value === draft.actor);
  return (
    <form onSubmit={submit} role="search" aria-label="Audit log">
      <Group align="end" gap="sm" mb="lg">
        <TextInput
          label="What"
          placeholder="delivery, or sample/ID"
          value={draft.entity ?? ''}
          maxLength={200}
          onChange={(event) => set({ entity: event.currentTarget.value })}
          style={FIELD}
        />
        <NativeSelect
          label="Who"
          value={draft.actor ?? ''}
          data={[
            { value: '', label: 'Anyone' },
            ...people,
            ...(isKnown || draft.actor === undefined ? [] : [{ value: draft.actor, label: draft.actor }]),
          ]}
          onChange={(event) => set({ actor: event.currentTarget.value })}
          style={FIELD}
        />
        <TextInput
          label="From"
          type="date"
          value={draft.from ?? ''}
          max={draft.to}
          onChange={(event) => set({ from: event.currentTarget.value })}
          style={DAY}
        />
        <TextInput
          label="To"
          type="date"
          value={draft.to ?? ''}
          min={draft.from}
          onChange={(event) => set({ to: event.currentTarget.value })}
          style={DAY}
        />
        <Button type="submit">Show</Button>
        {isFiltered(search) ? (
          <Button variant="default" onClick={() => onChange({})}>
            Show all
          </Button>
        ) : null}
      </Group>
    </form>
  );
}

const FIELD = { flex: '1 1 11rem' } as const;
const DAY = { flex: '0 1 9.5rem' } as const;
