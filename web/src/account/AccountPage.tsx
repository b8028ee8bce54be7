// /account: who is signed in, the plan with its limits, and the API keys.

import { List, Loader, Text, Title } from '@mantine/core';
import type { Me, Subscription } from '../api.ts';
import { Moment } from '../jobs/Moment.tsx';
import { PageTitle } from '../layout/PageTitle.tsx';
import { ProblemAlert } from '../layout/ProblemAlert.tsx';
import { useMe, useSubscription } from '../queries.ts';
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
  const subscription = useSubscription();
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
      {subscription.isPending ? <Loader size="sm" role="status" aria-label="Loading" /> : null}
      {subscription.isError ? (
        <ProblemAlert error={subscription.error} onRetry={() => void subscription.refetch()} />
      ) : null}
      {subscription.data ? <SubscriptionState subscription={subscription.data} /> : null}
      {me.plan === 'free' ? <UpgradeOffer /> : null}
    </>
  );
}

function SubscriptionState({ subscription }: { subscription: Subscription }) {
  const { current_period_end: periodEnd, restore } = subscription;
  return (
    <>
      {periodEnd === undefined ? null : (
        <Text>
          {subscription.cancel_at_period_end ? 'Premium ends on ' : 'Paid until '}
          <Moment at={periodEnd} />.
        </Text>
      )}
      {restore === null ? null : (
        <Text role="status">
          Restored {restore.restored} of {restore.total} archived results
          {restore.failed > 0 ? `; ${restore.failed} failed` : ''}.
        </Text>
      )}
    </>
  );
}

function UpgradeOffer() {
  return (
    <section aria-labelledby="upgrade-title">
      <Title order={3} id="upgrade-title" mt="md" size="h4">
        Upgrade to Premium
      </Title>
      <List my="xs">
        <List.Item>Larger files, above 5 GB too</List.Item>
        <List.Item>Results stay available, and archived ones are restored</List.Item>
        <List.Item>Your jobs go before those of the Free plan</List.Item>
      </List>
      <Text>
        This installation takes no payments on this page yet: ask its operator to move your account to Premium.
      </Text>
    </section>
  );
}
