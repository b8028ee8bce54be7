// /jobs: the person's jobs, newest first, filtered by status, more on demand.

import { Anchor, NativeSelect, Text } from '@mantine/core';
import { Link, useNavigate } from '@tanstack/react-router';
import { JOB_STATUSES, type JobStatus } from '../../../domain/jobs.ts';
import type { JobListItem } from '../api.ts';
import { CardTable, Cell, PagedList, Row } from '../layout/CardTable.tsx';
import { PageTitle } from '../layout/PageTitle.tsx';
import { useJobs, useMe } from '../queries.ts';
import { resultLabel, StatusBadge, statusLabel } from './labels.tsx';
import { Moment } from './Moment.tsx';

export function JobListPage({ status }: { status: JobStatus | undefined }) {
  const list = useJobs(status);
  const jobs = list.data?.pages.flatMap((page) => page.jobs) ?? [];
  return (
    <>
      <PageTitle title="Jobs" lead="Every file that was handed over for annotation, newest first." />
      <StatusFilter status={status} />
      <PagedList list={list} isEmpty={jobs.length === 0} empty={<NoJobs status={status} />}>
        <CardTable label="Jobs" columns={['File', 'Genome', 'Status', 'Submitted', 'Result']}>
          {jobs.map((job) => (
            <JobRow key={job.job_id} job={job} />
          ))}
        </CardTable>
      </PagedList>
    </>
  );
}

function StatusFilter({ status }: { status: JobStatus | undefined }) {
  const navigate = useNavigate();
  return (
    <NativeSelect
      label="Status"
      value={status ?? ''}
      maw="14rem"
      mb="md"
      data={[{ value: '', label: 'All' }, ...JOB_STATUSES.map((value) => ({ value, label: statusLabel(value) }))]}
      onChange={(event) => {
        const chosen = JOB_STATUSES.find((known) => known === event.currentTarget.value);
        void navigate({ to: '/jobs', search: chosen === undefined ? {} : { status: chosen }, replace: true });
      }}
    />
  );
}

function NoJobs({ status }: { status: JobStatus | undefined }) {
  if (status !== undefined) return <Text>No job has the status “{statusLabel(status)}”.</Text>;
  return (
    <Text>
      There are no jobs yet.{' '}
      <Anchor component={Link} to="/annotate" underline="always" inherit>
        Hand over a VCF
      </Anchor>{' '}
      to start the first one.
    </Text>
  );
}

/** A download would be refused: the way to have it is offered here. */
function ResultCell({ state }: { state: JobListItem['result_state'] }) {
  const me = useMe();
  const label = resultLabel(state);
  if (state !== 'archived' || me.data?.plan !== 'free') return label;
  return (
    <>
      {label} ·{' '}
      <Anchor component={Link} to="/billing" underline="always" inherit>
        upgrade
      </Anchor>
    </>
  );
}

function JobRow({ job }: { job: JobListItem }) {
  return (
    <Row>
      <Cell column="File" as="lead">
        <Anchor
          underline="always"
          lineClamp={2}
          renderRoot={(props) => <Link {...props} to="/jobs/$jobId" params={{ jobId: job.job_id }} />}
        >
          {job.job_details.file_name}
        </Anchor>
      </Cell>
      <Cell column="Genome">{job.job_details.genome}</Cell>
      <Cell column="Status">
        <StatusBadge status={job.job_status} />
      </Cell>
      <Cell column="Submitted">
        <Moment at={job.submitted_at} />
      </Cell>
      <Cell column="Result">
        <ResultCell state={job.result_state} />
      </Cell>
    </Row>
  );
}
