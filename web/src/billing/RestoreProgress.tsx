// How far the upgrade has brought the results back, and those that failed, each with a way to try again.

import { Anchor, Button, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { Restore, Subscription } from '../api.ts';
import { ProblemAlert } from '../layout/ProblemAlert.tsx';
import { ProgressBar } from '../layout/ProgressBar.tsx';
import { RestoreAgain } from '../jobs/RestoreAgain.tsx';
import { withoutRemedy } from '../problem.ts';
import { useFailedRestores } from '../queries.ts';
import { formatCount } from '../text/format.ts';

export function RestoreProgress({ restore }: { restore: NonNullable<Subscription['restore']> }) {
  const { total, restored, failed } = restore;
  const isOver = restored + failed >= total;
  return (
    <section aria-labelledby="restore-title">
      <Title order={2} id="restore-title" mt="xl" mb="sm">
        Your archived results
      </Title>
      {isOver ? null : (
        <ProgressBar percent={Math.floor((restored / total) * 100)} label="Share of the results that are restored" />
      )}
      <Text mt="xs" role="status">
        {formatCount(restored)} of {formatCount(total)} {total === 1 ? 'result' : 'results'} restored
        {failed > 0 ? `; ${formatCount(failed)} failed` : ''}.
        {isOver ? '' : ' The archive takes from minutes to hours; you will get one e-mail when all are back.'}
      </Text>
      {failed > 0 ? <Failed /> : null}
    </section>
  );
}

function Failed() {
  const list = useFailedRestores();
  const restores = list.data?.pages.flatMap((page) => page.restores) ?? [];
  return (
    <>
      {list.isError ? <ProblemAlert error={list.error} onRetry={() => void list.refetch()} /> : null}
      <Stack component="ul" gap="sm" mt="sm" style={LIST_STYLE} aria-label="Results that could not be restored">
        {restores.map((restore) => (
          <FailedRestore key={restore.job_id} restore={restore} />
        ))}
      </Stack>
      {list.hasNextPage ? (
        <Button
          variant="default"
          size="xs"
          mt="sm"
          loading={list.isFetchingNextPage}
          onClick={() => void list.fetchNextPage()}
        >
          Load more
        </Button>
      ) : null}
    </>
  );
}

function FailedRestore({ restore: { job_id: jobId, file_name: fileName, error } }: { restore: Restore }) {
  return (
    <Paper component="li" withBorder p="sm">
      <Group justify="space-between" align="flex-start" gap="sm">
        <div style={{ minWidth: 0, flex: '1 1 16rem' }}>
          <Anchor
            fw={600}
            underline="always"
            lineClamp={2}
            renderRoot={(props) => <Link {...props} to="/jobs/$jobId" params={{ jobId }} />}
          >
            {fileName}
          </Anchor>
          <Text size="sm" mt={4}>
            {error === undefined ? 'It could not be restored.' : withoutRemedy(error.message, error.remedy)}{' '}
            {error?.remedy}
          </Text>
        </div>
        <RestoreAgain jobId={jobId} label="Restore again" name={`Restore again: ${fileName}`} />
      </Group>
    </Paper>
  );
}

const LIST_STYLE = { listStyle: 'none', padding: 0, marginBottom: 0 } as const;
