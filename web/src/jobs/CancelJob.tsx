// Cancels a job, after a second question.

import { Button, Group, Modal, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { cancelAnnotation, type Job } from '../api.ts';
import { DANGEROUS } from '../layout/dangerous.ts';
import { ProblemAlert } from '../layout/ProblemAlert.tsx';
import { queryKeys } from '../queries.ts';

export function CancelJob({ job }: { job: Job }) {
  const [isOpen, { open, close }] = useDisclosure(false);
  const client = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => cancelAnnotation(job.job_id),
    onSuccess: close,
    // Also after a refusal: the job may have ended in the meantime, and the page should say so.
    onSettled: () => client.invalidateQueries({ queryKey: queryKeys.job(job.job_id) }),
  });
  return (
    <>
      <Button {...DANGEROUS} mt="md" onClick={open} disabled={cancel.isSuccess}>
        {cancel.isSuccess ? 'Being cancelled' : 'Cancel the job'}
      </Button>
      <Modal opened={isOpen} onClose={close} title="Cancel this job?" closeButtonProps={{ 'aria-label': 'Close' }}>
        <Text size="sm">
          The annotation of {job.file_name} stops and there will be no result. The uploaded file stays, so that you can
          start a new job from it.
        </Text>
        {cancel.isError ? <ProblemAlert error={cancel.error} /> : null}
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={close} data-autofocus>
            Keep it running
          </Button>
          <Button color="red.9" loading={cancel.isPending} onClick={() => cancel.mutate()}>
            Cancel the job
          </Button>
        </Group>
      </Modal>
    </>
  );
}
