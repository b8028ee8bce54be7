// The dialog that starts a job from an upload.

import { Button, Group, Modal, Radio, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { CONSEQUENCE_MODES, type ConsequenceMode } from '../../../domain/jobs.ts';
import { startAnnotation, type InputFile } from '../api.ts';
import { ProblemAlert } from '../layout/ProblemAlert.tsx';
import { queryKeys, useReferences } from '../queries.ts';
import { GenomeSelect, useGenomeChoice } from './GenomeSelect.tsx';
import { newIdempotencyKey } from './idempotency-key.ts';

export function StartJob({ file, onClose }: { file: InputFile | null; onClose: () => void }) {
  const references = useReferences();
  const genome = useGenomeChoice(references.data?.references);
  const [mode, setMode] = useState<ConsequenceMode>('auto');
  const client = useQueryClient();
  const navigate = useNavigate();
  // A repeat of the same choice (a lost answer, a double click) is the same request; another choice is another one.
  const [key, setKey] = useState(newIdempotencyKey);
  const start = useMutation({
    mutationFn: (request: { inputFile: string; genome: string }) =>
      startAnnotation({ input_file: request.inputFile, genome: request.genome, consequence_mode: mode }, key),
    onSuccess: async ({ job_id }) => {
      void client.invalidateQueries({ queryKey: queryKeys.jobs });
      await navigate({ to: '/jobs/$jobId', params: { jobId: job_id } });
    },
  });
  const change = (act: () => void) => {
    act();
    setKey(newIdempotencyKey());
    start.reset();
  };
  return (
    <Modal opened={file !== null} onClose={onClose} title="Start a job" closeButtonProps={{ 'aria-label': 'Close' }}>
      <Stack gap="md">
        <Text fw={600} lineClamp={3}>
          {file?.file_name}
        </Text>
        {references.isError ? <ProblemAlert error={references.error} /> : null}
        <GenomeSelect
          references={references.data?.references ?? []}
          choice={{ value: genome.value, choose: (name) => change(() => genome.choose(name)) }}
        />
        <Radio.Group
          label="Consequence mode"
          description="How neighbouring variants are combined"
          value={mode}
          onChange={(value) => {
            const chosen = CONSEQUENCE_MODES.find((known) => known === value);
            if (chosen !== undefined) change(() => setMode(chosen));
          }}
        >
          <Stack gap="xs" mt="xs">
            {CONSEQUENCE_MODES.map((value) => (
              <Radio key={value} value={value} label={value} description={modeMeaning(value)} />
            ))}
          </Stack>
        </Radio.Group>
        {start.isError ? <ProblemAlert error={start.error} /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Close
          </Button>
          <Button
            loading={start.isPending}
            disabled={file === null || genome.value === null}
            onClick={() => {
              if (file === null || genome.value === null) return;
              start.mutate({ inputFile: file.input_file, genome: genome.value });
            }}
          >
            Start
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function modeMeaning(mode: ConsequenceMode): string {
  switch (mode) {
    case 'auto':
      return 'Haplotype when every genotype is phased or haploid, else local';
    case 'haplotype':
      return 'Joins the variants of one haplotype into one change: for phased or haploid genotypes';
    case 'local':
      return 'Takes each record for itself: for unphased genotypes and lists of sites';
  }
}
