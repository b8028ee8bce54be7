// Roles, levels, states and reasons of the review in words; colour only repeats what the word says.

import { Badge, type MantineColor } from '@mantine/core';
import type { Role } from '../../../domain/principal.ts';
import {
  isLeftUndecided,
  type Decision,
  type DeliveryState,
  type FollowUp,
  type ReasonCode,
  type ReviewLevel,
  type SampleState,
  type SignatureMeaning,
} from '../../../domain/review.ts';

export const ROLE_LABELS: Record<Role, string> = {
  member: 'Member',
  technical: 'Technical reviewer',
  licensed: 'Licensed personnel',
  director: 'Lab director',
  admin: 'Administrator',
};

export const LEVEL_LABELS: Record<ReviewLevel, string> = {
  technical: 'Technical review',
  licensed: 'Licensed review',
  director: 'Director’s review',
};

/** Who decides at a level. */
export const LEVEL_PEOPLE: Record<ReviewLevel, string> = {
  technical: 'technical reviewers',
  licensed: 'licensed personnel',
  director: 'lab directors',
};

export const MEANINGS: Record<SignatureMeaning, string> = {
  reviewed: 'I have reviewed this result',
  approved: 'I approve this result',
  responsible: 'I take responsibility for this result',
};

export const MEANING_LABELS: Record<SignatureMeaning, string> = {
  reviewed: 'Reviewed',
  approved: 'Approved',
  responsible: 'Responsible',
};

export const DECISION_LABELS: Record<Decision, string> = { accept: 'Accepted', reject: 'Rejected' };

export const REASON_LABELS: Record<ReasonCode, string> = {
  low_quality: 'Quality too low',
  wrong_reference: 'Wrong reference genome',
  wrong_settings: 'Wrong settings',
  identity_mismatch: 'Identity does not match',
  incomplete: 'Incomplete',
  clinical_concern: 'Clinical concern',
  consent_withdrawn: 'Consent withdrawn',
  other: 'Another reason',
};

export const FOLLOW_UP_LABELS: Record<FollowUp, string> = {
  return: 'Return to the level below',
  reannotate: 'Annotate again',
  withdraw: 'Withdraw the sample',
};

export const FOLLOW_UP_MEANINGS: Record<FollowUp, string> = {
  return: 'The level below decides anew',
  reannotate: 'With another genome or mode; then the review starts afresh',
  withdraw: 'It is left out of this delivery, for good',
};

const SAMPLE_STATE_LABELS: Record<SampleState, string> = {
  in_review: 'In review',
  accepted: 'Accepted',
  reannotating: 'Being annotated again',
  withdrawn: 'Withdrawn',
};

const SAMPLE_STATE_COLORS: Record<SampleState, MantineColor> = {
  in_review: 'indigo.8',
  accepted: '#237032',
  reannotating: 'indigo.8',
  withdrawn: 'gray.7',
};

export const DELIVERY_STATE_LABELS: Record<DeliveryState, string> = {
  in_review: 'In review',
  ready: 'Ready',
  releasing: 'Being released',
  released: 'Released',
  acknowledged: 'Acknowledged',
  recalled: 'Recalled',
  closed: 'Closed',
};

const DELIVERY_STATE_COLORS: Record<DeliveryState, MantineColor> = {
  in_review: 'indigo.8',
  ready: 'indigo.8',
  releasing: 'indigo.8',
  released: '#237032',
  acknowledged: '#237032',
  recalled: 'gray.7',
  closed: 'gray.7',
};

interface SampleBadgeProps {
  state: SampleState;
  deliveryState?: DeliveryState;
}

export function SampleBadge({ state, deliveryState }: SampleBadgeProps) {
  if (isLeftUndecided(state, deliveryState)) return <StateBadge color="gray.7" label="Not decided" />;
  return <StateBadge color={SAMPLE_STATE_COLORS[state]} label={SAMPLE_STATE_LABELS[state]} />;
}

export function DeliveryBadge({ state }: { state: DeliveryState }) {
  return <StateBadge color={DELIVERY_STATE_COLORS[state]} label={DELIVERY_STATE_LABELS[state]} />;
}

export function StateBadge({ color, label }: { color: MantineColor; label: string }) {
  return (
    <Badge color={color} variant="filled" radius="sm" tt="none" miw="max-content">
      {label}
    </Badge>
  );
}
