// The start: tells those who are signed out what this is; takes everybody else to the upload.

import { Button, List } from '@mantine/core';
import { Navigate } from '@tanstack/react-router';
import { signInUrl } from '../api.ts';
import { useMe } from '../queries.ts';
import { PageTitle } from './PageTitle.tsx';

export function WelcomePage() {
  const me = useMe();
  if (me.data) return <Navigate to="/annotate" replace />;
  return (
    <>
      <PageTitle
        title="Annotate genome variants"
        lead="Hand over a VCF; Varloom finds the consequence of each variant, tells you by e-mail when the result is there, and keeps or archives it by your plan."
      />
      <List mb="lg" spacing={4}>
        <List.Item>Consequences in genes and transcripts, known variants marked, every record kept</List.Item>
        <List.Item>Progress while it runs, a log that can be read, and a summary of what was found</List.Item>
        <List.Item>Everything here is in the API as well</List.Item>
      </List>
      <Button component="a" href={signInUrl('/annotate')} size="md">
        Sign in
      </Button>
    </>
  );
}
