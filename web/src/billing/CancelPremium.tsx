// Cancels Premium, after saying what happens and when.

import { Button, Radio, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { cancelSubscription } from '../api.ts';
import { Moment } from '../jobs/Moment.tsx';
import { Confirm } from '../layout/Confirm.tsx';
import { DANGEROUS } from '../layout/dangerous.ts';
import { queryKeys } from '../queries.ts';

interface Props {
  /** Undefined for a plan that was granted: it has no period. */
  periodEnd: string | undefined;
  /** It is cancelled at the end of the period; what is left is to end it now. */
  isEndingAlready: boolean;
  /** The upgrade is not complete: cancelled now, all of it is undone. */
  isRestoring: boolean;
  /** It was cancelled at once, and will end in a moment. */
  onEnding: () => void;
}

export function CancelPremium({ periodEnd, isEndingAlready, isRestoring, onEnding }: Props) {
  const mayWait = periodEnd !== undefined && !isEndingAlready;
  const [isOpen, { open, close }] = useDisclosure(false);
  const [chosen, setChosen] = useState<'period_end' | 'now'>('period_end');
  const at = mayWait ? chosen : 'now';
  const client = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => cancelSubscription(at),
    onSuccess: (subscription) => {
      client.setQueryData(queryKeys.subscription, subscription);
      close();
      if (at === 'now') onEnding();
    },
    onError: () => void client.invalidateQueries({ queryKey: queryKeys.subscription }),
  });
  return (
    <>
      <Button {...DANGEROUS} onClick={open}>
        {isEndingAlready ? 'End Premium now' : 'Cancel Premium'}
      </Button>
      <Confirm
        isOpen={isOpen}
        onClose={close}
        title={isEndingAlready ? 'End Premium now?' : 'Cancel Premium?'}
        act={{ label: at === 'now' ? 'End it now' : 'Cancel Premium', isDangerous: true }}
        keepLabel="Keep Premium"
        mutation={cancel}
      >
        {mayWait ? (
          <Radio.Group
            label="When should it end?"
            value={chosen}
            onChange={(value) => setChosen(value === 'now' ? 'now' : 'period_end')}
          >
            <Stack gap="xs" mt="xs">
              <Radio
                value="period_end"
                label="With the period that is paid for"
                description={
                  <>
                    You keep Premium until <Moment at={periodEnd} />, and nothing more is charged.
                  </>
                }
              />
              <Radio value="now" label="Now" description={<Now isRestoring={isRestoring} isPaid />} />
            </Stack>
          </Radio.Group>
        ) : (
          <Text size="sm">
            <Now isRestoring={isRestoring} isPaid={periodEnd !== undefined} />
          </Text>
        )}
        <Text size="sm" mt="sm">
          After that you are on the Free plan: your results are archived, and an e-mail tells you when. Logs and
          summaries stay.
        </Text>
      </Confirm>
    </>
  );
}

function Now({ isRestoring, isPaid }: { isRestoring: boolean; isPaid: boolean }) {
  if (!isPaid)
    return 'Premium ends at once. It was granted to you: only the operator can give it back without a payment.';
  return isRestoring
    ? 'Premium ends at once. Your upgrade is not complete yet: it is undone, and what you paid for it is refunded.'
    : 'Premium ends at once. The rest of the period is not refunded.';
}
