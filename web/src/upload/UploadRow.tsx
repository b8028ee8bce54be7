// One upload of the queue: its progress, its job, or what went wrong.

import { Anchor, Button, Group, Paper, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { ProblemAlert } from '../layout/ProblemAlert.tsx';
import { ProgressBar } from '../layout/ProgressBar.tsx';
import { formatBytes } from '../text/format.ts';
import { isUnderWay, type UploadItem } from './queue.ts';
import { useUploadQueue } from './UploadQueueProvider.tsx';

export function UploadRow({ item }: { item: UploadItem }) {
  const queue = useUploadQueue();
  return (
    <Paper component="li" withBorder p="sm">
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <div style={{ minWidth: 0 }}>
          <Text fw={600} lineClamp={2}>
            {item.file.name}
          </Text>
          <Text size="sm" c="dimmed">
            {formatBytes(item.file.size)} · {item.genome}
          </Text>
        </div>
        {isUnderWay(item) ? (
          <Button
            variant="default"
            size="xs"
            flex="none"
            onClick={() => queue.cancel(item.id)}
            aria-label={`Cancel the upload of ${item.file.name}`}
          >
            Cancel
          </Button>
        ) : null}
      </Group>
      <RowState item={item} />
    </Paper>
  );
}

function RowState({ item }: { item: UploadItem }) {
  const queue = useUploadQueue();
  const { state } = item;
  switch (state.kind) {
    case 'waiting':
      return <Text size="sm">Waits for its turn</Text>;
    case 'sending':
      return <Sending name={item.file.name} sentBytes={state.sentBytes} sizeBytes={item.file.size} />;
    case 'arrived':
      return state.jobId === null ? (
        <Text size="sm">
          Arrived. Its job will show up in the{' '}
          <Anchor component={Link} to="/jobs" underline="always" inherit>
            list of jobs
          </Anchor>
          .
        </Text>
      ) : (
        <Text size="sm">
          Arrived.{' '}
          <Anchor
            underline="always"
            inherit
            renderRoot={(props) => <Link {...props} to="/jobs/$jobId" params={{ jobId: state.jobId ?? '' }} />}
          >
            Open its job
          </Anchor>
        </Text>
      );
    case 'failed':
      return state.mayRetry ? (
        <ProblemAlert problem={state.problem} onRetry={() => queue.retry(item.id)} />
      ) : (
        <ProblemAlert problem={state.problem} />
      );
    case 'cancelled':
      return (
        <Group gap="sm">
          <Text size="sm">Cancelled</Text>
          <Button variant="default" size="xs" onClick={() => queue.retry(item.id)}>
            Upload after all
          </Button>
        </Group>
      );
  }
}

function Sending({ name, sentBytes, sizeBytes }: { name: string; sentBytes: number; sizeBytes: number }) {
  const percent = sizeBytes === 0 ? 0 : Math.min(100, Math.floor((sentBytes / sizeBytes) * 100));
  return (
    <>
      <ProgressBar percent={percent} label={`Upload of ${name}`} />
      <Text size="sm" mt={4}>
        {percent === 100
          ? 'Sent; waiting for the store to confirm'
          : `${formatBytes(sentBytes)} of ${formatBytes(sizeBytes)}, ${percent} %`}
      </Text>
    </>
  );
}
