// Where the result is and what can be done with it: download, wait, or upgrade.

import { Alert, Anchor, Button, Group, Text } from '@mantine/core';
import { useInterval } from '@mantine/hooks';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { ResultState } from '../../../domain/jobs.ts';
import { getDownloadLink, type Job } from '../api.ts';
import { ProblemAlert } from '../layout/ProblemAlert.tsx';
import { problemOfJob } from '../problem.ts';
import { useMe } from '../queries.ts';
import { formatDuration } from '../text/format.ts';
import { Moment } from './Moment.tsx';
import { RestoreAgain } from './RestoreAgain.tsx';

export function JobResult({ job, state }: { job: Job; state: ResultState }) {
  return (
    <>
      <WhereItIs job={job} state={state} />
      {state === 'deleted' ? null : (
        <Group gap="sm" mt="sm">
          {state === 'live' ? <Download job={job} file="result" label="Download the result" /> : null}
          <Download job={job} file="provenance" label="Download the provenance" />
        </Group>
      )}
    </>
  );
}

function WhereItIs({ job, state }: { job: Job; state: ResultState }) {
  switch (state) {
    case 'live':
      return (
        <>
          <Text>The annotated VCF (BGZF) is ready.</Text>
          {job.result_expires_at === undefined ? null : <Expiry at={job.result_expires_at} />}
        </>
      );
    case 'archiving':
      return <Text>The result is being archived right now and cannot be downloaded.</Text>;
    case 'archived':
      return <Archived job={job} />;
    case 'restoring':
      return (
        <Text role="status">
          The result is being restored from the archive. You will get an e-mail when all of yours are back.
        </Text>
      );
    case 'deleted':
      return <Text>The data of this job were erased.</Text>;
  }
}

function Archived({ job }: { job: Job }) {
  const me = useMe();
  if (me.data?.plan !== 'premium') return <Offer />;
  const { state, error } = job.restore ?? {};
  if (state === 'waiting') {
    return (
      <Text role="status">The result waits for its turn to be restored. You will get an e-mail when all are back.</Text>
    );
  }
  return (
    <>
      {error === undefined ? (
        <Text>The result is in the archive.</Text>
      ) : (
        <ProblemAlert problem={problemOfJob('The result could not be restored', error)} />
      )}
      <Group mt="sm">
        <RestoreAgain
          jobId={job.job_id}
          label={error === undefined ? 'Restore the result' : 'Try to restore it again'}
        />
      </Group>
    </>
  );
}

function Offer() {
  return (
    <Alert variant="default" title="The result is archived" styles={OFFER_STYLES}>
      <Text size="sm">
        On the Free plan a result is archived some time after its job. Upgrade to Premium to have it restored; then it
        stays available. The log and the summary below are here in any case.
      </Text>
      <Button component={Link} to="/billing" mt="sm">
        Upgrade to Premium
      </Button>
    </Alert>
  );
}

function Expiry({ at }: { at: string }) {
  const [now, setNow] = useState(() => Date.now());
  // Every half minute is enough for a text in minutes; it is no live region, so nobody is interrupted by it.
  useInterval(() => setNow(Date.now()), 30_000, { autoInvoke: true });
  const seconds = (Date.parse(at) - now) / 1000;
  return (
    <Text size="sm" mt={4}>
      {seconds <= 0 ? 'It will be archived at any moment.' : `It will be archived in ${formatDuration(seconds)}, `}
      {seconds <= 0 ? null : (
        <>
          on <Moment at={at} />.
        </>
      )}{' '}
      <Anchor component={Link} to="/billing" underline="always" inherit>
        Premium keeps results available
      </Anchor>
      .
    </Text>
  );
}

function Download({ job, file, label }: { job: Job; file: 'result' | 'provenance'; label: string }) {
  const download = useMutation({
    mutationFn: () => getDownloadLink(job.job_id, file),
    // The link is asked for at the click, since it expires; a refusal is shown here instead of as a bare page.
    onSuccess: ({ url }) => window.location.assign(url),
  });
  return (
    <div>
      <Button
        variant={file === 'result' ? 'filled' : 'default'}
        loading={download.isPending}
        onClick={() => download.mutate()}
      >
        {label}
      </Button>
      {download.isError ? <ProblemAlert error={download.error} /> : null}
    </div>
  );
}

const OFFER_STYLES = { root: { borderInlineStart: '4px solid var(--mantine-color-anchor)' } } as const;
