// The decision about a sample: accept or reject, why and what follows, and the signature under it.

import { Button, Checkbox, Fieldset, Group, NativeSelect, Radio, Stack, Text, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState, type FormEvent } from 'react';
import {
  DECISIONS,
  FOLLOW_UPS,
  levelBelow,
  REASON_CODES,
  type Decision,
  type FollowUp,
} from '../../../domain/review.ts';
import type { Me } from '../api.ts';
import { decideOn, type ReviewedSample } from '../laboratory/api.ts';
import { FOLLOW_UP_LABELS, FOLLOW_UP_MEANINGS, MEANINGS, REASON_LABELS, ROLE_LABELS } from '../laboratory/labels.tsx';
import { laboratoryKeys } from '../laboratory/queries.ts';
import { Checksum } from '../samples/Checksum.tsx';
import { bodyOf, EMPTY_DRAFT, missingIn, signatureOf, takeDraft, type Draft } from './draft.ts';
import { Reannotation } from './Reannotation.tsx';
import { Refusal } from './Refusal.tsx';
import { SignInAge } from './SignInAge.tsx';

interface Props {
  me: Me;
  sample: ReviewedSample;
  /** The checksum of the result that is looked at. */
  checksum: string;
  /** The name of who is away, for a delegate. */
  inSteadOf: string | undefined;
  onDecided: (decision: Decision) => void;
}

export function DecisionForm({ me, sample, checksum, inSteadOf, onDecided }: Props) {
  const ref = { deliveryId: sample.delivery_id, sampleId: sample.sample_id };
  const [draft, setDraft] = useState<Draft>(() => takeDraft(window.sessionStorage, me.user_id, ref) ?? EMPTY_DRAFT);
  // A signature is over one decision about one result at one level: for another one it must be given anew.
  const subject = `${sample.level} ${sample.round} ${checksum} ${draft.decision}`;
  const [signed, setSigned] = useState<string | null>(null);
  const isSigned = signed === subject;
  const isSent = useRef(false);
  const client = useQueryClient();
  const decide = useMutation({
    mutationFn: () => decideOn(ref, bodyOf(draft, sample.level, checksum)),
    onSuccess: () => onDecided(draft.decision ?? 'accept'),
    onSettled: () => {
      isSent.current = false;
      const changed = [laboratoryKeys.reviews, laboratoryKeys.deliveries, laboratoryKeys.delivery(ref.deliveryId)];
      for (const queryKey of changed) void client.invalidateQueries({ queryKey });
    },
  });
  const missing = missingIn(draft, sample.level);
  const change = (more: Partial<Draft>) => {
    setDraft({ ...draft, ...more });
    decide.reset();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    // Two clicks in one frame come before the button is disabled.
    if (missing !== undefined || !isSigned || isSent.current) return;
    isSent.current = true;
    decide.mutate();
  };
  return (
    <form onSubmit={submit} aria-label="Decision">
      <Stack gap="md" maw="44rem">
        {inSteadOf === undefined ? null : <Text>You decide in the stead of {inSteadOf}.</Text>}
        <Radio.Group
          label="Accept or reject"
          required
          value={draft.decision ?? ''}
          onChange={(value) => change({ decision: DECISIONS.find((known) => known === value) ?? null })}
        >
          <Group gap="lg" mt="xs">
            <Radio value="accept" label="Accept" />
            <Radio value="reject" label="Reject" />
          </Group>
        </Radio.Group>
        {draft.decision === 'reject' ? <Rejection sample={sample} draft={draft} change={change} /> : null}
        <Textarea
          label="Comment"
          description={
            draft.decision === 'reject'
              ? 'For those who look at the sample next. Kept with the decision, for good: write no patient data.'
              : 'If there is something to say. Kept with the decision, for good: write no patient data.'
          }
          required={draft.decision === 'reject' && draft.reasonCode === 'other'}
          maxLength={4000}
          autosize
          minRows={2}
          value={draft.comment}
          onChange={(event) => change({ comment: event.currentTarget.value })}
        />
        <Fieldset legend="Signature">
          <Checkbox
            label={`I sign: “${MEANINGS[signatureOf(draft.decision, sample.level)]}”${draft.decision === 'reject' ? ', and reject it' : ''}`}
            description={
              <>
                {/* A level is decided in the role of the same name, by a delegate too. */}
                Recorded with it: {me.name ?? me.email}, {ROLE_LABELS[sample.level].toLowerCase()}
                {inSteadOf === undefined ? '' : ` in the stead of ${inSteadOf}`}, the time, and the checksum{' '}
                <Checksum value={checksum} /> of the result above.
              </>
            }
            checked={isSigned}
            onChange={(event) => setSigned(event.currentTarget.checked ? subject : null)}
          />
          <SignInAge me={me} sampleRef={ref} draft={draft} />
        </Fieldset>
        {decide.isError ? <Refusal error={decide.error} userId={me.user_id} sampleRef={ref} draft={draft} /> : null}
        <Group gap="sm">
          <Button
            type="submit"
            loading={decide.isPending}
            disabled={missing !== undefined || !isSigned}
            {...(draft.decision === 'reject' ? { color: 'red.9' } : {})}
          >
            {draft.decision === 'reject' ? 'Sign and reject' : 'Sign and accept'}
          </Button>
          <Text size="sm" c="dimmed" role="status">
            {missing ?? (isSigned ? '' : 'Sign above to go on.')}
          </Text>
        </Group>
      </Stack>
    </form>
  );
}

interface RejectionProps {
  sample: ReviewedSample;
  draft: Draft;
  change: (more: Partial<Draft>) => void;
}

function Rejection({ sample, draft, change }: RejectionProps) {
  const isAllowed = (followUp: FollowUp) => followUp !== 'return' || levelBelow(sample.level) !== undefined;
  return (
    <>
      <NativeSelect
        label="Reason"
        required
        maw="22rem"
        value={draft.reasonCode ?? ''}
        onChange={(event) =>
          change({ reasonCode: REASON_CODES.find((known) => known === event.currentTarget.value) ?? null })
        }
        data={[
          { value: '', label: 'Choose a reason' },
          ...REASON_CODES.map((value) => ({ value, label: REASON_LABELS[value] })),
        ]}
      />
      <Radio.Group
        label="What is to follow"
        required
        value={draft.followUp ?? ''}
        onChange={(value) => change({ followUp: FOLLOW_UPS.find((known) => known === value) ?? null })}
      >
        <Stack gap="xs" mt="xs">
          {FOLLOW_UPS.map((value) => (
            <Radio
              key={value}
              value={value}
              disabled={!isAllowed(value)}
              label={FOLLOW_UP_LABELS[value]}
              description={isAllowed(value) ? FOLLOW_UP_MEANINGS[value] : 'There is no level below this one'}
            />
          ))}
        </Stack>
      </Radio.Group>
      {draft.followUp === 'reannotate' ? <Reannotation sample={sample} draft={draft} change={change} /> : null}
    </>
  );
}
