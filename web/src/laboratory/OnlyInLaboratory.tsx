// Pages that have a use in a laboratory only say so to everybody else, rather than being empty.

import { Button, Loader, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { ProblemAlert } from '../layout/ProblemAlert.tsx';
import { useOrganization } from './queries.ts';

export function OnlyInLaboratory({ children }: { children: ReactNode }) {
  const organization = useOrganization();
  if (organization.isPending) return <Loader role="status" aria-label="Loading" />;
  if (organization.isError) {
    return <ProblemAlert error={organization.error} onRetry={() => void organization.refetch()} />;
  }
  if (organization.data.kind === 'personal') {
    return (
      <>
        <Text mb="md">
          This is for members of a laboratory, and you are in none. The administrator of your laboratory can add you by
          your e-mail address.
        </Text>
        <Button component={Link} to="/jobs" variant="default">
          See your jobs
        </Button>
      </>
    );
  }
  return children;
}
