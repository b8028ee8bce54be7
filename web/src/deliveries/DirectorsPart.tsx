// What a director does with a delivery: release it to the partner, or recall it before that. Each after a second question.

import { Alert, Button, Group, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { isAllowed } from '../../../domain/permissions.ts';
import type { DeliveryState } from '../../../domain/review.ts';
import { recallDelivery, releaseDelivery, type Delivery } from '../laboratory/api.ts';
import { laboratoryKeys } from '../laboratory/queries.ts';
import { Confirm } from '../layout/Confirm.tsx';
import { DANGEROUS } from '../layout/dangerous.ts';
import { useMe } from '../queries.ts';
import { countsInWords, releaseWarning } from './stage.ts';

export function DirectorsPart({ delivery }: { delivery: Delivery }) {
  const role = useMe().data?.role;
  if (role === undefined) return null;
  const mayRelease = isAllowed(role, 'delivery.release') && delivery.state === 'ready';
  const mayRecall = isAllowed(role, 'delivery.recall') && RECALLED_FROM.includes(delivery.state);
  const warning = releaseWarning(delivery);
  // An open dialog is left alone when the state changes under it: the refusal is told in it.
  return (
    <>
      {mayRelease && warning !== undefined ? (
        <Alert variant="default" title="Before you release it" mt="md">
          {warning}
        </Alert>
      ) : null}
      <Group gap="sm" mt="md">
        <Release delivery={delivery} isOffered={mayRelease && delivery.partner_reach !== 'disabled'} />
        <Recall delivery={delivery} isOffered={mayRecall} />
      </Group>
    </>
  );
}

const RECALLED_FROM: readonly DeliveryState[] = ['in_review', 'ready', 'releasing'];

function Release({ delivery, isOffered }: { delivery: Delivery; isOffered: boolean }) {
  const [isOpen, { open, close }] = useDisclosure(false);
  const warning = releaseWarning(delivery);
  const release = useAct(() => releaseDelivery(delivery.delivery_id), delivery.delivery_id, close);
  return (
    <>
      {isOffered ? <Button onClick={open}>Release to {delivery.partner_name}</Button> : null}
      <Confirm
        isOpen={isOpen}
        onClose={close}
        title={`Release this delivery to ${delivery.partner_name}?`}
        act={{ label: 'Release it' }}
        keepLabel="Not now"
        mutation={release}
      >
        <Text size="sm">
          {warning ?? 'The partner is told by webhook and e-mail.'} The partner can fetch the accepted samples with
          their barcodes, results and provenance; the names of the reviewers and the patients’ data stay here. A release
          cannot be recalled once the partner was told.
        </Text>
        <Text size="sm" mt="xs">
          {countsInWords(delivery.sample_counts)}
        </Text>
      </Confirm>
    </>
  );
}

function Recall({ delivery, isOffered }: { delivery: Delivery; isOffered: boolean }) {
  const [isOpen, { open, close }] = useDisclosure(false);
  const recall = useAct(() => recallDelivery(delivery.delivery_id), delivery.delivery_id, close);
  return (
    <>
      {isOffered ? (
        <Button {...DANGEROUS} onClick={open}>
          Recall the delivery
        </Button>
      ) : null}
      <Confirm
        isOpen={isOpen}
        onClose={close}
        title="Recall this delivery?"
        act={{ label: 'Recall it', isDangerous: true }}
        keepLabel="Keep it"
        mutation={recall}
      >
        <Text size="sm">
          {delivery.state === 'releasing'
            ? 'The release ends, and nothing of it stays open to the partner; what its programs have fetched already stays with them. '
            : 'The review ends, and the partner gets nothing of it. '}
          The samples can be put into another delivery, where they are reviewed from the beginning. The decisions so far
          stay on record. This cannot be undone.
        </Text>
      </Confirm>
    </>
  );
}

function useAct(act: () => Promise<unknown>, deliveryId: string, onDone: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: act,
    onSuccess: onDone,
    // Also after a refusal: the state is another one than the page shows.
    onSettled: () => {
      const changed = [laboratoryKeys.delivery(deliveryId), laboratoryKeys.deliveries, laboratoryKeys.samples];
      for (const queryKey of changed) void client.invalidateQueries({ queryKey });
    },
  });
}
