// What of the audit log is shown: a kind of thing or one thing, who did it, and when.

import { Button, Group, NativeSelect, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { auditSearchOf, entityOf, isFiltered, partsOfEntity, type AuditSearch } from './search.ts';
import { ENTITY_WORDS, entityInWords } from './words.ts';

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
  const { kind, id } = partsOfEntity(draft.entity);
  const isKnown = draft.actor === undefined || people.some(({ value }) => value === draft.actor);
  return (
    <form onSubmit={submit} role="search" aria-label="Audit log">
      <Group align="end" gap="sm" mb="lg">
        <NativeSelect
          label="What"
          value={kind}
          data={[
            { value: '', label: 'Anything' },
            ...KINDS,
            ...(kind === '' || Object.hasOwn(ENTITY_WORDS, kind) ? [] : [{ value: kind, label: entityInWords(kind) }]),
          ]}
          onChange={(event) => set({ entity: event.currentTarget.value })}
          style={FIELD}
        />
        <TextInput
          label="Its ID"
          placeholder={kind === '' ? '' : 'Any'}
          value={id}
          disabled={kind === ''}
          maxLength={150}
          onChange={(event) => set({ entity: entityOf(kind, event.currentTarget.value) })}
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

const KINDS = Object.entries(ENTITY_WORDS).map(([value, label]) => ({ value, label }));
const FIELD = { flex: '1 1 9rem' } as const;
const DAY = { flex: '0 1 9.5rem' } as const;
