// /annotate: choose the genome, hand over files, watch them travel. Each upload starts its job by itself.

import { Alert, Button, Group, Loader, Stack, Title, VisuallyHidden } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import type { Me } from '../api.ts';
import { GenomeSelect, useGenomeChoice } from '../files/GenomeSelect.tsx';
import { PageTitle } from '../layout/PageTitle.tsx';
import { ProblemAlert } from '../layout/ProblemAlert.tsx';
import { queryKeys, useMe, useReferences } from '../queries.ts';
import { formatBytes } from '../text/format.ts';
import { DropZone } from './DropZone.tsx';
import { isUnderWay } from './queue.ts';
import { UploadRow } from './UploadRow.tsx';
import { useUploadQueue, useUploads } from './UploadQueueProvider.tsx';

export function UploadPage() {
  const me = useMe();
  const references = useReferences();
  const genome = useGenomeChoice(references.data?.references);
  useOpenJobOfSingleUpload();
  return (
    <>
      <PageTitle
        title="Annotate"
        lead="Hand over one or more VCF files. Each one becomes a job that starts as soon as the file has arrived."
      />
      {references.isError ? (
        <ProblemAlert error={references.error} onRetry={() => void references.refetch()} />
      ) : references.data?.references.length === 0 ? (
        <Alert variant="default" title="No reference genome is installed" mb="md">
          The operator of this installation has to add one before files can be annotated.
        </Alert>
      ) : null}
      {references.data && me.data ? (
        <Stack gap="md">
          <GenomeSelect references={references.data.references} choice={genome} />
          <ChooseFiles me={me.data} genome={genome.value} />
        </Stack>
      ) : references.isPending ? (
        <Loader role="status" aria-label="Loading" />
      ) : null}
      <Uploads />
    </>
  );
}

function ChooseFiles({ me, genome }: { me: Me; genome: string | null }) {
  const queue = useUploadQueue();
  const limit = formatBytes(me.upload_limit_bytes);
  const hint =
    me.plan === 'free'
      ? `VCF as text, gzip or BGZF; up to ${limit} a file on the Free plan. Premium takes larger files.`
      : `VCF as text, gzip or BGZF; up to ${limit} a file on the Premium plan.`;
  return (
    <DropZone
      disabled={genome === null}
      hint={hint}
      onFiles={(files) => {
        if (genome === null || files.length === 0) return;
        queue.add(files, genome, { plan: me.plan, limitBytes: me.upload_limit_bytes });
      }}
    />
  );
}

function Uploads() {
  const queue = useUploadQueue();
  const uploads = useUploads();
  // Failures speak for themselves: each is an alert.
  const arrived = uploads.findLast((item) => item.state.kind === 'arrived');
  if (uploads.length === 0) return null;
  return (
    <section aria-labelledby="uploads-title">
      <Group justify="space-between" mt="xl" mb="sm">
        <Title order={2} id="uploads-title">
          Uploads
        </Title>
        {uploads.some((item) => !isUnderWay(item)) ? (
          <Button variant="default" size="xs" onClick={() => queue.clearEnded()}>
            Clear what has ended
          </Button>
        ) : null}
      </Group>
      <VisuallyHidden role="status">{arrived ? `${arrived.file.name} has arrived.` : ''}</VisuallyHidden>
      <Stack gap="sm" component="ul" style={{ listStyle: 'none', padding: 0, margin: 0 }}>
        {uploads.map((item) => (
          <UploadRow key={item.id} item={item} />
        ))}
      </Stack>
    </section>
  );
}

/** A single file leads to its job at once; of several, each row has the link to its own. */
function useOpenJobOfSingleUpload(): void {
  const uploads = useUploads();
  const navigate = useNavigate();
  const client = useQueryClient();
  const wasUnderWay = useRef(new Set<number>());
  useEffect(() => {
    for (const item of uploads) {
      if (isUnderWay(item)) wasUnderWay.current.add(item.id);
      else if (wasUnderWay.current.delete(item.id) && item.state.kind === 'arrived') {
        void client.invalidateQueries({ queryKey: queryKeys.jobs });
        void client.invalidateQueries({ queryKey: queryKeys.files });
        if (uploads.length === 1 && item.state.jobId !== null) {
          void navigate({ to: '/jobs/$jobId', params: { jobId: item.state.jobId } });
        }
      }
    }
  }, [client, navigate, uploads]);
}
