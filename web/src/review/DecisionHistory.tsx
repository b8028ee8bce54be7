// Every decision about a sample, oldest first: who, as what, meaning what, when, why, and over which result.

import { Group, Text } from '@mantine/core';
import { Moment } from '../jobs/Moment.tsx';
import type { SignedDecision } from '../laboratory/api.ts';
import {
  DECISION_LABELS,
  FOLLOW_UP_LABELS,
  LEVEL_LABELS,
  MEANING_LABELS,
  REASON_LABELS,
  ROLE_LABELS,
  StateBadge,
} from '../laboratory/labels.tsx';
import { useMemberName } from '../laboratory/member-name.ts';
import { Fact, Facts } from '../layout/Section.tsx';
import { Checksum } from '../samples/Checksum.tsx';
import classes from './DecisionHistory.module.css';

interface Props {
  decisions: readonly SignedDecision[];
  /** Of the result that is there now. */
  checksum: string | null;
}

export function DecisionHistory({ decisions, checksum }: Props) {
  if (decisions.length === 0) return <Text>Nobody has decided yet.</Text>;
  return (
    <ol className={classes.history} aria-label="Decisions">
      {decisions.map((decision) => (
        <li key={`${decision.at} ${decision.level}`} className={classes.entry}>
          <Decision decision={decision} isOfThisResult={decision.checksum === checksum} />
        </li>
      ))}
    </ol>
  );
}

function Decision({ decision, isOfThisResult }: { decision: SignedDecision; isOfThisResult: boolean }) {
  const nameOf = useMemberName();
  const isAccept = decision.decision === 'accept';
  return (
    <>
      <Group gap="sm">
        <StateBadge color={isAccept ? '#237032' : 'red.9'} label={DECISION_LABELS[decision.decision]} />
        <Text fw={600}>{LEVEL_LABELS[decision.level]}</Text>
        <Text size="sm" c="dimmed">
          Round {decision.round}
        </Text>
      </Group>
      <Facts>
        <Fact name="Signed by">
          {decision.by_name}, {ROLE_LABELS[decision.role].toLowerCase()}
        </Fact>
        {decision.on_behalf_of === undefined ? null : (
          <Fact name="In the stead of">{nameOf(decision.on_behalf_of)}</Fact>
        )}
        <Fact name="Meaning">{MEANING_LABELS[decision.meaning]}</Fact>
        <Fact name="Time">
          <Moment at={decision.at} />
        </Fact>
        <Fact name={isOfThisResult ? 'Of this result' : 'Of an earlier result'}>
          <Checksum value={decision.checksum} />
        </Fact>
        {decision.reason_code === undefined ? null : <Fact name="Reason">{REASON_LABELS[decision.reason_code]}</Fact>}
        {decision.then === undefined ? null : <Fact name="What follows">{FOLLOW_UP_LABELS[decision.then]}</Fact>}
      </Facts>
      {decision.comment === undefined ? null : (
        <Text mt="xs" className={classes.comment}>
          {decision.comment}
        </Text>
      )}
    </>
  );
}
