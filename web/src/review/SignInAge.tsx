// How old the sign-in is that a signature is given under, and the way to a new one, which keeps what was typed.

import { Button, Text } from '@mantine/core';
import { useInterval } from '@mantine/hooks';
import { useState } from 'react';
import { signInAgainUrl, type Me } from '../api.ts';
import type { SampleRef } from '../laboratory/api.ts';
import { formatDuration } from '../text/format.ts';
import { keepDraft, type Draft } from './draft.ts';

interface Props {
  me: Me;
  sampleRef: SampleRef;
  draft: Draft;
}

export function SignInAge({ me, sampleRef, draft }: Props) {
  const [now, setNow] = useState(() => Date.now());
  useInterval(() => setNow(Date.now()), 10_000, { autoInvoke: true });
  const { authenticated_at: since, signature_max_age_seconds: maxAgeSeconds } = me;
  if (since === undefined) return null;
  const ageSeconds = (now - Date.parse(since)) / 1000;
  if (ageSeconds <= maxAgeSeconds) {
    return (
      <Text size="sm" c="dimmed" mt="xs">
        You signed in {formatDuration(ageSeconds)} ago; a signature needs a sign-in of the last{' '}
        {formatDuration(maxAgeSeconds)}.
      </Text>
    );
  }
  return (
    <div>
      <Text size="sm" mt="xs" mb="xs">
        You signed in {formatDuration(ageSeconds)} ago, which is too long for a signature. Sign in again: you come back
        here, and what you typed stays.
      </Text>
      <SignInAgain userId={me.user_id} sampleRef={sampleRef} draft={draft} />
    </div>
  );
}

export function SignInAgain({ userId, sampleRef, draft }: { userId: string; sampleRef: SampleRef; draft: Draft }) {
  return (
    <Button
      component="a"
      variant="default"
      href={signInAgainUrl(window.location.pathname)}
      onClick={() => keepDraft(window.sessionStorage, userId, sampleRef, draft)}
    >
      Sign in again
    </Button>
  );
}
