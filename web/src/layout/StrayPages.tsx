// For addresses without a page, things that are not there, and a page that broke.

import { Button, Group, Text } from '@mantine/core';
import { Link, useLocation, type ErrorComponentProps } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { signInUrl } from '../api.ts';
import type { Problem } from '../problem.ts';
import { useMe } from '../queries.ts';
import { PageTitle } from './PageTitle.tsx';
import { ProblemAlert } from './ProblemAlert.tsx';

/** Whoever is signed out sees it as well. */
export function NotFoundPage() {
  const me = useMe();
  return (
    <NotThere title="No such page" lead="Nothing is at this address; look whether it is whole and spelt right.">
      <Button component={Link} to="/" variant="default">
        Go to the start
      </Button>
      {me.data === null ? (
        <Button component="a" href={signInUrl('/')}>
          Sign in
        </Button>
      ) : null}
    </NotThere>
  );
}

interface Props {
  title: string;
  lead: string;
  /** The ways out. */
  children: ReactNode;
}

/** Says which address leads nowhere, and where to go instead. */
export function NotThere({ title, lead, children }: Props) {
  const { pathname } = useLocation();
  return (
    <>
      <PageTitle title={title} lead={lead} />
      {/* It may be thousands of characters long, without spaces. */}
      <Text ff="monospace" size="sm" lineClamp={4} mb="lg" style={{ overflowWrap: 'anywhere' }}>
        {pathname}
      </Text>
      <Group gap="sm">{children}</Group>
    </>
  );
}

/** A page that broke, where the header and the ways to the other pages are still there. */
export function CrashPage({ error }: ErrorComponentProps) {
  return (
    <>
      <PageTitle title="This page broke" />
      <ProblemAlert problem={crashProblem(error)} />
      <Group gap="sm">
        <Button onClick={() => window.location.reload()}>Load the page again</Button>
        <Button component="a" href="/" variant="default">
          Go to the start
        </Button>
      </Group>
    </>
  );
}

/** The same where nothing else is left. */
export function WholeCrashPage(props: ErrorComponentProps) {
  return (
    <main style={{ maxWidth: '44rem', margin: '2rem auto', padding: '0 1rem' }}>
      <CrashPage {...props} />
    </main>
  );
}

/** What a script says of itself tells a person nothing, but the operator whom they ask. */
function crashProblem(error: unknown): Problem {
  return {
    title: 'Something is wrong with this page, not with what you did',
    message: 'It cannot be shown. What was sent before is kept.',
    remedy: 'Load the page again. If it breaks again, tell the operator what you did, and the fault.',
    details: [{ name: 'fault', value: error instanceof Error ? error.message : String(error) }],
  };
}
