// /audit: everything that was done in the organization, newest first, for its administrators.

import { Anchor, Button, Code, Group, Text } from '@mantine/core';
import { Link, useNavigate } from '@tanstack/react-router';
import { isAllowed } from '../../../domain/permissions.ts';
import { Moment } from '../jobs/Moment.tsx';
import { OnlyInLaboratory } from '../laboratory/OnlyInLaboratory.tsx';
import { useOrganization, usePartners } from '../laboratory/queries.ts';
import { Cell, CardTable, PagedList, Row } from '../layout/CardTable.tsx';
import { PageTitle } from '../layout/PageTitle.tsx';
import { useMe } from '../queries.ts';
import { AuditFilters } from './AuditFilters.tsx';
import classes from './AuditPage.module.css';
import { auditCsvUrl, useAuditLog, type AuditEntry } from './queries.ts';
import { entityOf, isFiltered, type AuditSearch } from './search.ts';
import { namesOf, whoInWords } from './who.ts';
import { actionInWords, entityInWords } from './words.ts';

export function AuditPage({ search }: { search: AuditSearch }) {
  const role = useMe().data?.role;
  return (
    <>
      <PageTitle
        title="Audit log"
        lead="Everything that was done in your organization, newest first. Entries are never changed: each carries a hash of itself and of the one before."
      />
      {role !== undefined && isAllowed(role, 'audit.read') ? (
        <Log search={search} />
      ) : (
        <OnlyInLaboratory>
          <Text mb="md">Only administrators of the laboratory can read it.</Text>
          <Button component={Link} to="/organization" variant="default">
            See who they are
          </Button>
        </OnlyInLaboratory>
      )}
    </>
  );
}

function Log({ search }: { search: AuditSearch }) {
  const navigate = useNavigate();
  const list = useAuditLog(search);
  const names = useNames();
  const entries = list.data?.pages.flatMap((page) => page.entries) ?? [];
  const show = (next: AuditSearch) => void navigate({ to: '/audit', search: next, replace: true });
  return (
    <>
      <AuditFilters
        key={JSON.stringify(search)}
        search={search}
        people={[...names].map(([value, label]) => ({ value, label }))}
        onChange={show}
      />
      <Group justify="flex-end" mb="xs">
        <Anchor href={auditCsvUrl(search)} download="audit.csv" underline="always" size="sm">
          {isFiltered(search) ? 'Download these entries as CSV' : 'Download all entries as CSV'}
        </Anchor>
      </Group>
      <PagedList
        list={list}
        isEmpty={entries.length === 0}
        empty={<Text>{isFiltered(search) ? 'No entry matches.' : 'Nothing was recorded yet.'}</Text>}
      >
        <CardTable label="Audit log" columns={['Entry', 'When', 'Who', 'What']}>
          {entries.map((entry) => (
            <EntryRow
              key={entry.seq}
              entry={entry}
              who={whoInWords(entry.actor, names)}
              onEntity={(entity) => show({ entity })}
            />
          ))}
        </CardTable>
      </PagedList>
    </>
  );
}

interface RowProps {
  entry: AuditEntry;
  who: string;
  onEntity: (entity: string) => void;
}

function EntryRow({ entry, who, onEntity }: RowProps) {
  const words = actionInWords(entry.action);
  const entity = `${entityInWords(entry.entity)} ${entry.entity_id}`;
  return (
    <Row>
      <Cell column="Entry">
        <span className={classes.number} title={entry.hash}>
          {entry.seq}
        </span>
      </Cell>
      <Cell column="When">
        <Moment at={entry.at} />
      </Cell>
      <Cell column="Who">
        <span className={classes.long} title={entry.actor}>
          {who}
        </span>
      </Cell>
      <Cell column="What" as="lead">
        <span className={classes.action}>{words ?? entry.action}</span>
        {words === undefined ? null : <span className={classes.code}>{entry.action}</span>}
        <Anchor
          component="button"
          type="button"
          size="sm"
          underline="always"
          className={classes.entity}
          aria-label={`Show everything about ${entity}`}
          onClick={() => onEntity(entityOf(entry.entity, entry.entity_id))}
        >
          {entity}
        </Anchor>
        <Details entry={entry} />
      </Cell>
    </Row>
  );
}

function Details({ entry: { at, details, hash, seq } }: { entry: AuditEntry }) {
  const names = Object.keys(details);
  const label = names.length === 0 ? 'Hash' : 'Details';
  return (
    <details className={classes.details}>
      <summary aria-label={`${label} of entry ${seq}`}>{label}</summary>
      {names.length === 0 ? null : (
        <Code block className={classes.json}>
          {JSON.stringify(details, null, 2)}
        </Code>
      )}
      <Text size="xs" c="dimmed" mt={4} className={classes.hash}>
        {at}, SHA-256 {hash}
      </Text>
    </details>
  );
}

function useNames(): Map<string, string> {
  const organization = useOrganization();
  const partners = usePartners();
  return namesOf(organization.data?.members ?? [], partners.data?.pages.flatMap((page) => page.partners) ?? []);
}
