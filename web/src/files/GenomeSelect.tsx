// The choice of the reference genome, with the installation's default preselected.

import { NativeSelect, Text } from '@mantine/core';
import { useState } from 'react';
import type { Reference } from '../api.ts';
import { formatCount } from '../text/format.ts';

export interface GenomeChoice {
  /** Null while nothing is installed. */
  value: string | null;
  choose: (genome: string) => void;
}

export function useGenomeChoice(references: readonly Reference[] | undefined): GenomeChoice {
  const [chosen, choose] = useState<string | null>(null);
  const preset = references?.find((reference) => reference.is_default) ?? references?.[0];
  return { value: chosen ?? preset?.name ?? null, choose };
}

export function GenomeSelect({ references, choice }: { references: readonly Reference[]; choice: GenomeChoice }) {
  const selected = references.find((reference) => reference.name === choice.value);
  return (
    <div>
      <NativeSelect
        label="Reference genome"
        description="The genome that the variants were called against"
        value={choice.value ?? ''}
        disabled={references.length === 0}
        onChange={(event) => choice.choose(event.currentTarget.value)}
        data={references.map((reference) => ({
          value: reference.name,
          label: reference.is_default ? `${reference.name} (default)` : reference.name,
        }))}
        maw="28rem"
      />
      {selected === undefined ? null : (
        <Text size="sm" c="dimmed" mt={4}>
          {selected.description === '' ? '' : `${selected.description} · `}
          {formatCount(selected.contigs)} contigs, {formatCount(selected.total_length)} bases ·{' '}
          {selected.has_known_variants ? 'marks known variants' : 'no list of known variants'}
        </Text>
      )}
    </div>
  );
}
