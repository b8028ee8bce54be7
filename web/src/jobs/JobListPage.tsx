// /jobs: the person's jobs, newest first, filtered by status, more on demand.

import { Anchor, Button, Group, Loader, NativeSelect, Text } from '@mantine/core';
import { Link, useNavigate } from '@tanstack/react-router';
import { JOB_STATUSES, type JobStatus } from '../../../domain/jobs.ts';
import type { JobListItem } from '../api.ts';
import { PageTitle } from '../layout/PageTitle.tsx';
import { ProblemAlert } from '../layout/ProblemAlert.tsx';
import cards from '../layout/CardTable.module.css';
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
      {list.isPending ? <Loader role="status" aria-label="Loading" /> : null}
      {list.isError ? <ProblemAlert error={list.error} onRetry={() => void list.refetch()} /> : null}
      {list.isSuccess && jobs.length === 0 ? <NoJobs status={status} /> : null}
      {jobs.length > 0 ? <JobTable jobs={jobs} /> : null}
      {list.hasNextPage ? (
        <Group justify="center" mt="md">
          <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            Load more
          </Button>
        </Group>
      ) : null}
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

// The roles repeat what the elements mean, since the card layout of narrow screens takes it from them.
function JobTable({ jobs }: { jobs: readonly JobListItem[] }) {
  return (
    <table className={cards.table} role="table" aria-label="Jobs">
      <thead role="rowgroup">
        <tr role="row">
          {['File', 'Genome', 'Status', 'Submitted', 'Result'].map((column) => (
            <th key={column} role="columnheader" scope="col">
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {jobs.map((job) => (
          <JobRow key={job.job_id} job={job} />
        ))}
      </tbody>
    </table>
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
    <tr role="row">
      <td role="cell" data-column="File" data-lead>
        <Anchor
          underline="always"
          lineClamp={2}
          renderRoot={(props) => <Link {...props} to="/jobs/$jobId" params={{ jobId: job.job_id }} />}
        >
          {job.job_details.file_name}
        </Anchor>
      </td>
      <td role="cell" data-column="Genome">
        {job.job_details.genome}
      </td>
      <td role="cell" data-column="Status">
        <StatusBadge status={job.job_status} />
      </td>
      <td role="cell" data-column="Submitted">
        <Moment at={job.submitted_at} />
      </td>
      <td role="cell" data-column="Result">
        <ResultCell state={job.result_state} />
      </td>
    </tr>
  );
}
