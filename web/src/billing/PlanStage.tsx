// Where the person stands, and what can be done from there. One live region tells each change of it.

import { Alert, Group, Loader, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Subscription } from '../api.ts';
import { Moment } from '../jobs/Moment.tsx';
import { CancelPremium } from './CancelPremium.tsx';
import { ContinueToPayment, OpenPortal, Upgrade } from './acts.tsx';
import { isRestoring, type Stage } from './stage.ts';

interface Props {
  stage: Stage;
  subscription: Subscription;
  /** Cancelled at once, and not over yet. */
  isEnding: boolean;
  onEnding: () => void;
}

export function PlanStage({ stage, subscription, isEnding, onEnding }: Props) {
  return (
    <section aria-labelledby="plan-title">
      <Title order={2} id="plan-title" mb="sm">
        {titleOf(stage, subscription.plan)}
      </Title>
      {/* Always there, so that what comes into it is told. */}
      <div role="status">{isEnding ? <Waiting>Premium is being ended…</Waiting> : <Told stage={stage} />}</div>
      {isEnding ? null : <Trouble stage={stage} />}
      {isEnding ? null : (
        <Group mt="md" gap="sm" align="flex-start">
          <Acts stage={stage} subscription={subscription} onEnding={onEnding} />
        </Group>
      )}
    </section>
  );
}

function titleOf({ kind }: Stage, plan: Subscription['plan']): string {
  if (kind === 'confirming') return 'Your upgrade is under way';
  return plan === 'premium' ? 'You are on Premium' : 'You are on the Free plan';
}

/** What keeps the person from Premium. It interrupts, unlike the rest. */
function Trouble({ stage }: { stage: Stage }) {
  switch (stage.kind) {
    case 'refused':
      return <Refused why={stage.refusal} />;
    case 'awaiting_payment':
      return stage.refusal === undefined ? null : <Refused why={stage.refusal} />;
    case 'past_due':
      return <PastDue graceEndsAt={stage.graceEndsAt} />;
    default:
      return null;
  }
}

function Told({ stage }: { stage: Stage }) {
  switch (stage.kind) {
    case 'free':
      return <Text>Nothing is paid, and nothing will be charged.</Text>;
    case 'confirming':
      return <Waiting>Payment received. Premium is being set up, and your results are restored…</Waiting>;
    case 'awaiting_payment':
      return stage.refusal !== undefined ? null : (
        <Notice title={stage.hasLeft ? 'You left the payment page' : 'A payment page is open'}>
          Nothing was charged. You can go on where you left off, or stay on the Free plan.
        </Notice>
      );
    case 'refused':
    case 'past_due':
      return null;
    case 'downgraded':
      return (
        <Notice title="Your results will be archived">
          Premium has ended. Your results stay available until <Moment at={stage.archiveAt} />, and are archived then;
          logs and summaries stay. Download what you need, or upgrade again to keep them.
        </Notice>
      );
    case 'premium':
      return stage.paidUntil === undefined ? (
        <Text>Your plan was granted by the operator of this installation. Nothing is charged for it.</Text>
      ) : (
        <Text>
          Paid until <Moment at={stage.paidUntil} />, and renewed then.
        </Text>
      );
    case 'ending':
      return (
        <Notice title="Premium ends with its period">
          {stage.endsAt === undefined ? (
            'It is not renewed.'
          ) : (
            <>
              You keep it until <Moment at={stage.endsAt} />. It is not renewed; your results are archived some time
              after that.
            </>
          )}{' '}
          To keep it, resume it in the billing portal.
        </Notice>
      );
  }
}

function Acts({ stage, subscription, onEnding }: Omit<Props, 'isEnding'>) {
  switch (stage.kind) {
    case 'free':
      return <Upgrade label="Upgrade to Premium" />;
    case 'downgraded':
      return <Upgrade label="Upgrade again" />;
    case 'refused':
      return <Upgrade label="Try again" />;
    case 'confirming':
      return null;
    case 'awaiting_payment': {
      const label = stage.refusal === undefined ? 'Continue to payment' : 'Try again';
      return (
        <>
          {stage.checkoutUrl === undefined ? (
            <Upgrade label={label} />
          ) : (
            <ContinueToPayment label={label} url={stage.checkoutUrl} />
          )}
        </>
      );
    }
    case 'premium':
    case 'ending':
    case 'past_due': {
      const isGranted = subscription.current_period_end === undefined;
      return (
        <>
          {isGranted ? null : (
            <OpenPortal
              label={stage.kind === 'ending' ? 'Resume in the billing portal' : 'Open the billing portal'}
              isFirst={stage.kind !== 'premium'}
            />
          )}
          <CancelPremium
            periodEnd={subscription.current_period_end}
            isEndingAlready={stage.kind === 'ending'}
            isRestoring={isRestoring(subscription)}
            onEnding={onEnding}
          />
        </>
      );
    }
  }
}

function Refused({ why }: { why: string }) {
  return (
    <Alert variant="default" title="The payment was refused" styles={ALERT_STYLES}>
      <Text size="sm">{why}</Text>
      <Text size="sm" mt={4}>
        Nothing was charged, and you are still on the Free plan. Try again with the same card or another one.
      </Text>
    </Alert>
  );
}

function PastDue({ graceEndsAt }: { graceEndsAt: string | undefined }) {
  return (
    <Alert variant="default" title="A payment failed" styles={ALERT_STYLES}>
      <Text size="sm">
        Your card could not be charged.{' '}
        {graceEndsAt === undefined ? (
          'Premium stays for a while.'
        ) : (
          <>
            Premium stays until <Moment at={graceEndsAt} />; without a payment it ends then, and your results are
            archived.
          </>
        )}{' '}
        Correct the card, or pay the open invoice, in the billing portal.
      </Text>
    </Alert>
  );
}

function Notice({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Alert variant="default" title={title} styles={NOTICE_STYLES} role="note">
      <Text size="sm">{children}</Text>
    </Alert>
  );
}

function Waiting({ children }: { children: ReactNode }) {
  return (
    <Group gap="sm" wrap="nowrap">
      <Loader size="sm" aria-hidden="true" />
      <Text>{children}</Text>
    </Group>
  );
}

const ALERT_STYLES = {
  root: { borderInlineStart: '4px solid var(--mantine-color-error)' },
  title: { color: 'var(--mantine-color-error)' },
} as const;
const NOTICE_STYLES = { root: { borderInlineStart: '4px solid var(--mantine-color-anchor)' } } as const;
