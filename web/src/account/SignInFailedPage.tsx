// /sign-in-failed: why signing in did not work, and the way to try again. The gateway sends people here.

import { Anchor, Button, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { signInUrl } from '../api.ts';
import { PageTitle } from '../layout/PageTitle.tsx';
import { useMe } from '../queries.ts';
import { wordsOf, type Failure } from './sign-in-failure.ts';

export function SignInFailedPage({ failure }: { failure: Failure }) {
  const me = useMe();
  const { title, message } = wordsOf(failure.reason);
  return (
    <>
      <PageTitle title={title} lead={message} />
      <Button component="a" href={signInUrl(failure.return_to)}>
        Sign in again
      </Button>
      {me.data ? (
        <Text mt="md">
          You are signed in as {me.data.email} already:{' '}
          <Anchor component={Link} to="/annotate" underline="always">
            go on
          </Anchor>
          .
        </Text>
      ) : null}
      {failure.request === undefined ? null : (
        <Text size="xs" c="dimmed" mt="md">
          Request {failure.request}
        </Text>
      )}
    </>
  );
}
