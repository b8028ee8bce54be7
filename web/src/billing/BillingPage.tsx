// /billing: the plan and what it includes, the way to Premium and back, the results that an upgrade restores, invoices.

import { Loader, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import type { Subscription } from '../api.ts';
import { PageTitle } from '../layout/PageTitle.tsx';
import { ProblemAlert } from '../layout/ProblemAlert.tsx';
import { queryKeys, useMe, useSubscription } from '../queries.ts';
import { Invoices } from './Invoices.tsx';
import { PlanStage } from './PlanStage.tsx';
import { Plans } from './Plans.tsx';
import { RestoreProgress } from './RestoreProgress.tsx';
import { pollAfter, stageOf, type CheckoutReturn } from './stage.ts';

export function BillingPage({ returned }: { returned: CheckoutReturn }) {
  const me = useMe();
  // After a cancellation at once, until it is seen.
  const [isEnding, setIsEnding] = useState(false);
  const subscription = useSubscription((known) => (isEnding ? 2_000 : pollAfter(known, returned)));
  const { data } = subscription;
  useReadAgain(data);
  useForgetReturn(data, returned);
  if (isEnding && data?.plan === 'free' && data.state === 'none') setIsEnding(false);
  return (
    <>
      <PageTitle title="Plan & billing" lead="What you have, what it costs you, and where your results are." />
      {subscription.isPending ? <Loader role="status" aria-label="Loading" /> : null}
      {subscription.isError ? (
        <ProblemAlert error={subscription.error} onRetry={() => void subscription.refetch()} />
      ) : null}
      {data ? (
        <>
          <PlanStage
            stage={stageOf(data, returned)}
            subscription={data}
            isEnding={isEnding}
            onEnding={() => setIsEnding(true)}
          />
          {data.restore !== null && data.restore.total > 0 ? <RestoreProgress restore={data.restore} /> : null}
        </>
      ) : null}
      {me.data ? <Plans me={me.data} /> : null}
      <section aria-labelledby="invoices-title">
        <Title order={2} id="invoices-title" mt="xl" mb="sm">
          Invoices
        </Title>
        <Invoices />
      </section>
    </>
  );
}

/** Limits, jobs and invoices follow from the plan, and what failed from the count of it. */
function useReadAgain(subscription: Subscription | undefined): void {
  const client = useQueryClient();
  const plan = subscription?.plan;
  const state = subscription?.state;
  const restore = subscription?.restore ?? null;
  const isFirst = useRef(true);
  useEffect(() => {
    if (plan === undefined) return;
    if (isFirst.current) {
      isFirst.current = false;
      return;
    }
    for (const queryKey of [queryKeys.me, queryKeys.jobs, ['job'], queryKeys.invoices]) {
      void client.invalidateQueries({ queryKey });
    }
  }, [client, plan, state]);
  useEffect(() => {
    void client.invalidateQueries({ queryKey: queryKeys.failedRestores });
    void client.invalidateQueries({ queryKey: queryKeys.jobs });
  }, [client, restore?.restored, restore?.failed]);
}

/** Once it is known what came of the payment, the address no longer says where the person came from. */
function useForgetReturn(subscription: Subscription | undefined, returned: CheckoutReturn): void {
  const navigate = useNavigate();
  const isKnown = subscription !== undefined && subscription.state !== 'awaiting_payment';
  const isOver = isKnown && (subscription.plan === 'premium' || subscription.state === 'none');
  useEffect(() => {
    if (isOver && returned !== undefined) void navigate({ to: '/billing', search: {}, replace: true });
  }, [isOver, navigate, returned]);
}
