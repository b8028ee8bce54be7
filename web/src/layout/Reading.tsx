// A page about one thing while it is read, and when it cannot be: its name is not known then, so the heading says of what
// kind it is.

import { Loader } from '@mantine/core';
import { PageTitle } from './PageTitle.tsx';
import { ProblemAlert } from './ProblemAlert.tsx';

interface Props {
  query: { data: unknown; error: Error | null; isPending: boolean; refetch: () => Promise<unknown> };
  /** `Job`, `Delivery`. */
  kind: string;
}

export function Reading({ query: { data, error, isPending, refetch }, kind }: Props) {
  if (isPending) return <Loader role="status" aria-label="Loading" />;
  if (error === null) return null;
  return (
    <>
      {data === undefined ? <PageTitle title={kind} /> : null}
      <ProblemAlert error={error} onRetry={() => void refetch()} />
    </>
  );
}
