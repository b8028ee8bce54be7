// A page about one thing while it is read, and when it cannot be: its name is not known then, so the heading says of what
// kind it is.

import { Button, Loader } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { isNotThere } from '../problem.ts';
import { PageTitle } from './PageTitle.tsx';
import { ProblemAlert } from './ProblemAlert.tsx';
import { NotThere } from './StrayPages.tsx';

interface Props {
  query: { data: unknown; error: Error | null; isPending: boolean; refetch: () => Promise<unknown> };
  kind: 'job' | 'delivery' | 'sample' | 'partner';
  /** Where others of its kind are found. */
  wayOut: { label: string; to: '/jobs' | '/deliveries' | '/partners' };
}

export function Reading({ query: { data, error, isPending, refetch }, kind, wayOut }: Props) {
  if (isPending) return <Loader role="status" aria-label="Loading" />;
  if (error === null) return null;
  const problem = <ProblemAlert error={error} onRetry={() => void refetch()} />;
  if (data !== undefined) return problem;
  const out = (
    <Button component={Link} to={wayOut.to} variant="default">
      {wayOut.label}
    </Button>
  );
  if (isNotThere(error)) {
    return (
      <NotThere title={`No such ${kind}`} lead={`There is no ${kind} at this address, or it is not yours to see.`}>
        {out}
      </NotThere>
    );
  }
  return (
    <>
      <PageTitle title={TITLES[kind]} />
      {problem}
      {out}
    </>
  );
}

const TITLES = { job: 'Job', delivery: 'Delivery', sample: 'Sample', partner: 'Partner' } as const;
