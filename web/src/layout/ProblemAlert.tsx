// Shows a problem: what happened, what to do, where to go.

import { Alert, Anchor, Button, Group, Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { mayBeRetried, problemOf, type Problem } from '../problem.ts';

type Props = ({ error: unknown } | { problem: Problem }) & { onRetry?: () => void };

export function ProblemAlert(props: Props) {
  const problem = 'problem' in props ? props.problem : problemOf(props.error);
  return (
    <Alert color="red" variant="default" title={problem.title} role="alert" my="sm" styles={ALERT_STYLES}>
      <Stack gap="xs">
        <Text size="sm">{problem.message}</Text>
        {problem.details.length > 0 ? (
          <ul style={{ margin: 0, paddingLeft: '1.25rem' }}>
            {problem.details.map((detail) => (
              <li key={detail.name}>
                <strong>{detail.name}</strong>: {detail.value}
              </li>
            ))}
          </ul>
        ) : null}
        {problem.remedy === undefined ? null : (
          <Text size="sm" fw={600}>
            {problem.remedy}
          </Text>
        )}
        {problem.way === undefined ? null : (
          <Anchor component={Link} to={problem.way.to} size="sm" underline="always">
            {problem.way.label}
          </Anchor>
        )}
        {problem.requestId === undefined ? null : (
          <Text size="xs" c="dimmed">
            Request {problem.requestId}
          </Text>
        )}
        {props.onRetry === undefined || ('error' in props && !mayBeRetried(props.error)) ? null : (
          <Group>
            <Button size="xs" variant="default" onClick={props.onRetry}>
              Try again
            </Button>
          </Group>
        )}
      </Stack>
    </Alert>
  );
}

const ALERT_STYLES = {
  root: { borderInlineStart: '4px solid var(--mantine-color-error)' },
  title: { color: 'var(--mantine-color-error)' },
} as const;
