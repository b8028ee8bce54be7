// Erases a job's data for good. Says what goes and what stays, and asks for a word that nobody types by accident.

import { Button, Group, List, Modal, Text, TextInput } from '@mantine/core';
import { useDisclosure, useInterval } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { eraseAnnotationData, type Job } from '../api.ts';
import { DANGEROUS } from '../layout/dangerous.ts';
import { ProblemAlert } from '../layout/ProblemAlert.tsx';
import { queryKeys } from '../queries.ts';

const WORD = 'erase';

export function EraseData({ job }: { job: Job }) {
  const [isOpen, { open, close }] = useDisclosure(false);
  const [typed, setTyped] = useState('');
  const client = useQueryClient();
  // An ended job tells no events, and the erasure takes a moment; this part of the page goes when it is done.
  const lookAgain = useInterval(() => void client.invalidateQueries({ queryKey: queryKeys.job(job.job_id) }), 2_000);
  const erase = useMutation({
    mutationFn: () => eraseAnnotationData(job.job_id),
    onSuccess: () => {
      close();
      lookAgain.start();
    },
    onSettled: () => {
      void client.invalidateQueries({ queryKey: queryKeys.job(job.job_id) });
      void client.invalidateQueries({ queryKey: queryKeys.jobs });
      void client.invalidateQueries({ queryKey: queryKeys.files });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typed.trim().toLowerCase() === WORD) erase.mutate();
  };
  return (
    <>
      <Text size="sm" mb="sm">
        {erase.isSuccess
          ? 'The data are being erased.'
          : 'Removes the uploaded file and everything made from it. This cannot be undone.'}
      </Text>
      <Button {...DANGEROUS} onClick={open} disabled={erase.isSuccess}>
        Erase the data of this job
      </Button>
      <Modal
        opened={isOpen}
        onClose={close}
        onExitTransitionEnd={() => setTyped('')}
        title="Erase the data of this job?"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <form onSubmit={submit}>
          <Text size="sm">For good, wherever they are, the archive included:</Text>
          <List size="sm" my="xs" style={{ overflowWrap: 'anywhere' }}>
            <List.Item>the uploaded file {job.file_name} and its name, unless another job of yours uses it</List.Item>
            <List.Item>the annotated result and its index</List.Item>
            <List.Item>the log, the summary and the provenance</List.Item>
          </List>
          <Text size="sm" mb="sm">
            What stays is an entry in the list of jobs, and the audit record that the data were erased.
          </Text>
          <TextInput
            label={`Type “${WORD}” to confirm`}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            autoComplete="off"
            autoCapitalize="none"
            data-autofocus
          />
          {erase.isError ? <ProblemAlert error={erase.error} /> : null}
          <Group justify="flex-end" mt="md">
            <Button variant="default" onClick={close}>
              Keep the data
            </Button>
            <Button
              type="submit"
              color="red.9"
              loading={erase.isPending}
              disabled={typed.trim().toLowerCase() !== WORD}
            >
              Erase for good
            </Button>
          </Group>
        </form>
      </Modal>
    </>
  );
}
