// For addresses without a page, and for a page that broke.

import { Anchor, Button } from '@mantine/core';
import { Link, type ErrorComponentProps } from '@tanstack/react-router';
import { PageTitle } from './PageTitle.tsx';
import { ProblemAlert } from './ProblemAlert.tsx';

export function NotFoundPage() {
  return (
    <>
      <PageTitle title="No such page" lead="The address leads nowhere here." />
      <Anchor component={Link} to="/" underline="always">
        Go to the start
      </Anchor>
    </>
  );
}

export function CrashPage({ error }: ErrorComponentProps) {
  return (
    <main style={{ maxWidth: '44rem', margin: '2rem auto', padding: '0 1rem' }}>
      <PageTitle title="This page broke" />
      <ProblemAlert error={error} />
      <Button onClick={() => window.location.reload()}>Load the page again</Button>
    </main>
  );
}
