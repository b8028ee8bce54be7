// On a completed job's page, for members of a laboratory: makes a sample of it.

import { Anchor, Button, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { isAllowed } from '../../../domain/permissions.ts';
import type { Job } from '../api.ts';
import { useOrganization } from '../laboratory/queries.ts';
import { Section } from '../layout/Section.tsx';
import { useMe } from '../queries.ts';
import { CreateSample } from './CreateSample.tsx';

export function SampleOfJob({ job }: { job: Job }) {
  const role = useMe().data?.role;
  const isLaboratory = useOrganization().data?.kind === 'laboratory';
  const [isOpen, setIsOpen] = useState(false);
  const [barcode, setBarcode] = useState<string | null>(null);
  if (!isLaboratory || role === undefined || !isAllowed(role, 'sample.create')) return null;
  return (
    <Section title="Sample">
      <Text size="sm" mb="sm" role="status">
        {barcode === null ? (
          'Make this result a sample, to have it reviewed and delivered to a partner.'
        ) : (
          <>
            Sample {barcode} is made:{' '}
            <Anchor component={Link} to="/samples" underline="always" inherit>
              see all samples
            </Anchor>
            .
          </>
        )}
      </Text>
      <Button variant="default" onClick={() => setIsOpen(true)}>
        Make a sample
      </Button>
      <CreateSample
        isOpen={isOpen}
        onClose={() => setIsOpen(false)}
        jobId={job.job_id}
        onMade={(made) => setBarcode(made.barcode)}
      >
        <Text size="sm" lineClamp={2}>
          Of {job.file_name}, annotated against {job.genome}.
        </Text>
      </CreateSample>
    </Section>
  );
}
