// What is to be different when a rejected sample is annotated again.

import { Group, NativeSelect } from '@mantine/core';
import { CONSEQUENCE_MODES } from '../../../domain/jobs.ts';
import type { ReviewedSample } from '../laboratory/api.ts';
import { ProblemAlert } from '../layout/ProblemAlert.tsx';
import { useReferences } from '../queries.ts';
import type { Draft } from './draft.ts';

interface Props {
  sample: Pick<ReviewedSample, 'genome' | 'consequence_mode'>;
  draft: Draft;
  change: (more: Partial<Draft>) => void;
}

export function Reannotation({ sample, draft, change }: Props) {
  const references = useReferences();
  const genomes = references.data?.references.map(({ name }) => name).filter((name) => name !== sample.genome) ?? [];
  const modes = CONSEQUENCE_MODES.filter((mode) => mode !== sample.consequence_mode);
  return (
    <>
      <Group gap="md" align="flex-end">
        <NativeSelect
          label="Reference genome of the new annotation"
          value={draft.genome ?? ''}
          onChange={(event) => change({ genome: event.currentTarget.value === '' ? null : event.currentTarget.value })}
          data={[
            { value: '', label: `As now: ${sample.genome}` },
            ...genomes.map((value) => ({ value, label: value })),
          ]}
        />
        <NativeSelect
          label="Consequence mode of the new annotation"
          value={draft.mode ?? ''}
          onChange={(event) =>
            change({ mode: CONSEQUENCE_MODES.find((known) => known === event.currentTarget.value) ?? null })
          }
          data={[
            { value: '', label: `As now: ${sample.consequence_mode}` },
            ...modes.map((value) => ({ value, label: value })),
          ]}
        />
      </Group>
      {references.isError ? <ProblemAlert error={references.error} onRetry={() => void references.refetch()} /> : null}
    </>
  );
}
