// /account: who is signed in, the plan with its limits, and the API keys.

import { Anchor, List, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { Me } from '../api.ts';
import { PageTitle } from '../layout/PageTitle.tsx';
import { useMe } from '../queries.ts';
import { formatBytes, formatDuration } from '../text/format.ts';
import { ApiKeys } from './ApiKeys.tsx';

export function AccountPage() {
  const me = useMe();
  return (
    <>
      <PageTitle
        title="Account"
        lead={me.data ? `Signed in as ${me.data.name ?? me.data.email} (${me.data.email}).` : undefined}
      />
      <section aria-labelledby="plan-title">
        <Title order={2} id="plan-title" mb="sm">
          Plan
        </Title>
        {me.data ? <Plan me={me.data} /> : null}
      </section>
      <ApiKeys />
    </>
  );
}

function Plan({ me }: { me: Me }) {
  return (
    <>
      <Text fw={600} size="lg">
        {me.plan === 'premium' ? 'Premium' : 'Free'}
      </Text>
      <List my="xs">
        <List.Item>Files up to {formatBytes(me.upload_limit_bytes)}</List.Item>
        <List.Item>
          {me.retention_seconds === null
            ? 'Results stay available'
            : `Results are archived ${formatDuration(me.retention_seconds)} after their job; the log and the summary stay`}
        </List.Item>
      </List>
      <Anchor component={Link} to="/billing" underline="always">
        {me.plan === 'premium' ? 'Manage your plan' : 'Upgrade to Premium'}
      </Anchor>
    </>
  );
}
