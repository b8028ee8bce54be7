// /jobs/$jobId: one job from submission to its result, live while it runs.

import { Anchor, Group } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { hasEnded } from '../../../domain/jobs.ts';
import type { Job } from '../api.ts';
import { PageTitle } from '../layout/PageTitle.tsx';
import { ProblemAlert } from '../layout/ProblemAlert.tsx';
import { Reading } from '../layout/Reading.tsx';
import { Fact, Facts, Section } from '../layout/Section.tsx';
import { problemOfJob } from '../problem.ts';
import { useJob } from '../queries.ts';
import { SampleOfJob } from '../samples/SampleOfJob.tsx';
import { formatElapsed } from '../text/format.ts';
import { CancelJob } from './CancelJob.tsx';
import { EraseData } from './EraseData.tsx';
import { useJobEvents } from './events.ts';
import { JobLog } from './JobLog.tsx';
import { JobProgress } from './JobProgress.tsx';
import { JobResult } from './JobResult.tsx';
import { JobSummary } from './JobSummary.tsx';
import { StatusBadge } from './labels.tsx';
import { Moment } from './Moment.tsx';

export function JobPage({ jobId }: { jobId: string }) {
  const known = useJob(jobId, false);
  const follow = known.data !== undefined && !hasEnded(known.data.job_status);
  const eventsLost = useJobEvents(jobId, follow);
  const query = useJob(jobId, eventsLost);
  return (
    <>
      <Anchor component={Link} to="/jobs" underline="always" size="sm">
        All jobs
      </Anchor>
      <Reading query={query} kind="job" wayOut={{ label: 'See your jobs', to: '/jobs' }} />
      {query.data === undefined ? null : <OneJob job={query.data} />}
    </>
  );
}

function OneJob({ job }: { job: Job }) {
  return (
    <>
      <Group gap="sm" align="center">
        <PageTitle title={job.file_name} />
        <StatusBadge status={job.job_status} />
      </Group>
      <JobFacts job={job} />
      {hasEnded(job.job_status) ? null : (
        <Section title="Progress">
          <JobProgress job={job} />
          <CancelJob job={job} />
        </Section>
      )}
      {job.error === undefined ? null : (
        <ProblemAlert
          problem={{
            ...problemOfJob('The annotation failed', job.error),
            way: { label: 'Hand over another file', to: '/annotate' },
          }}
        />
      )}
      {job.result_state === null ? null : (
        <Section title="Result">
          <JobResult job={job} state={job.result_state} />
        </Section>
      )}
      {job.job_status === 'COMPLETED' && job.result_state === 'live' ? <SampleOfJob job={job} /> : null}
      {job.summary === null ? null : (
        <Section title="Summary">
          <JobSummary summary={job.summary} />
        </Section>
      )}
      {job.log === null ? null : (
        <Section title="Log">
          <JobLog fileName={job.file_name} log={job.log} />
        </Section>
      )}
      {hasEnded(job.job_status) && job.result_state !== 'deleted' ? (
        <Section title="Erase data">
          <EraseData job={job} />
        </Section>
      ) : null}
    </>
  );
}

/** What operators find the job by, and where the installation names their tools, the ways there. */
function ForOperators({ job: { job_id: jobId, trace_id: traceId, links } }: { job: Job }) {
  return (
    <>
      <Fact name="Job">
        <code>{jobId}</code>
      </Fact>
      {traceId !== undefined && links?.trace === undefined ? (
        <Fact name="Trace">
          <code>{traceId}</code>
        </Fact>
      ) : null}
      {links?.trace === undefined && links?.history === undefined ? null : (
        <Fact name="For operators">
          <Group gap="md">
            {links.history === undefined ? null : (
              <Anchor href={links.history} underline="always">
                Workflow history
              </Anchor>
            )}
            {links.trace === undefined ? null : (
              <Anchor href={links.trace} underline="always" title={`Trace ${traceId ?? ''}`}>
                Trace
              </Anchor>
            )}
          </Group>
        </Fact>
      )}
    </>
  );
}

function JobFacts({ job }: { job: Job }) {
  const began = job.started_at;
  const ended = job.completed_at;
  return (
    <Facts>
      <Fact name="Genome">{job.genome}</Fact>
      <Fact name="Consequence mode">{job.consequence_mode}</Fact>
      <Fact name="Submitted">
        <Moment at={job.submitted_at} />
      </Fact>
      {began !== null ? (
        <Fact name="Started">
          <Moment at={began} />
        </Fact>
      ) : null}
      {ended !== null ? (
        <Fact name="Ended">
          <Moment at={ended} />
        </Fact>
      ) : null}
      {began !== null && ended !== null ? (
        <Fact name="Took">{formatElapsed(Date.parse(ended) - Date.parse(began))}</Fact>
      ) : null}
      <ForOperators job={job} />
    </Facts>
  );
}
