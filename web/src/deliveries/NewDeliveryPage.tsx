// /deliveries/new: chooses a partner and samples, and puts them into review.

import { Anchor, Button, Checkbox, Group, Loader, NativeSelect, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState, type FormEvent } from 'react';
import { isAllowed } from '../../../domain/permissions.ts';
import { createDeliveryOf, type SampleListItem } from '../laboratory/api.ts';
import { OnlyInLaboratory } from '../laboratory/OnlyInLaboratory.tsx';
import { laboratoryKeys, usePartners, useSamples } from '../laboratory/queries.ts';
import { PagedList } from '../layout/CardTable.tsx';
import { PageTitle } from '../layout/PageTitle.tsx';
import { ProblemAlert } from '../layout/ProblemAlert.tsx';
import { useMe } from '../queries.ts';
import { formatCount, formatMoment } from '../text/format.ts';

export function NewDeliveryPage() {
  return (
    <>
      <Anchor component={Link} to="/deliveries" underline="always" size="sm">
        All deliveries
      </Anchor>
      <PageTitle
        title="Prepare a delivery"
        lead="Three levels review each sample. Until the delivery is closed its results are held: nothing archives or erases them."
      />
      <OnlyInLaboratory>
        <NewDelivery />
      </OnlyInLaboratory>
    </>
  );
}

function NewDelivery() {
  const [partnerId, setPartnerId] = useState('');
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const client = useQueryClient();
  const navigate = useNavigate();
  const create = useMutation({
    mutationFn: () => createDeliveryOf({ partner_id: partnerId, sample_ids: [...chosen] }),
    onSuccess: async ({ delivery_id }) => {
      for (const queryKey of [laboratoryKeys.deliveries, laboratoryKeys.samples, laboratoryKeys.reviews]) {
        void client.invalidateQueries({ queryKey });
      }
      await navigate({ to: '/deliveries/$deliveryId', params: { deliveryId: delivery_id } });
    },
    // A sample may be in another delivery by now, and the list should say so.
    onError: () => void client.invalidateQueries({ queryKey: laboratoryKeys.samples }),
  });
  const isReady = partnerId !== '' && chosen.size > 0;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isReady && !create.isPending) create.mutate();
  };
  return (
    <form onSubmit={submit} aria-label="Prepare a delivery">
      <Stack gap="lg">
        <PartnerChoice value={partnerId} onChange={setPartnerId} />
        <SampleChoice chosen={chosen} onChange={setChosen} />
        {create.isError ? <ProblemAlert error={create.error} /> : null}
        <Group gap="sm">
          <Button type="submit" loading={create.isPending} disabled={!isReady}>
            Put into review
          </Button>
          <Text size="sm" c="dimmed" role="status">
            {formatCount(chosen.size)} {chosen.size === 1 ? 'sample' : 'samples'} chosen
          </Text>
        </Group>
      </Stack>
    </form>
  );
}

function PartnerChoice({ value, onChange }: { value: string; onChange: (partnerId: string) => void }) {
  const role = useMe().data?.role;
  const list = usePartners();
  const partners =
    list.data?.pages.flatMap((page) => page.partners).filter(({ disabled_at }) => disabled_at === null) ?? [];
  if (list.isPending) return <Loader role="status" aria-label="Loading" size="sm" />;
  if (list.isError) return <ProblemAlert error={list.error} onRetry={() => void list.refetch()} />;
  if (partners.length === 0) {
    return role !== undefined && isAllowed(role, 'partner.manage') ? (
      <Text>
        There are no partners yet.{' '}
        <Anchor component={Link} to="/partners" underline="always" inherit>
          Add one
        </Anchor>
        .
      </Text>
    ) : (
      <Text>There are no partners yet: an administrator adds them.</Text>
    );
  }
  return (
    <Group align="flex-end" gap="sm">
      <NativeSelect
        label="Partner"
        required
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        data={[
          { value: '', label: 'Choose a partner' },
          ...partners.map((partner) => ({ value: partner.partner_id, label: partner.name })),
        ]}
        maw="28rem"
      />
      {list.hasNextPage ? (
        <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          Show more partners
        </Button>
      ) : null}
    </Group>
  );
}

interface SampleChoiceProps {
  chosen: ReadonlySet<string>;
  onChange: (chosen: ReadonlySet<string>) => void;
}

function SampleChoice({ chosen, onChange }: SampleChoiceProps) {
  const list = useSamples();
  const free = list.data?.pages.flatMap((page) => page.samples).filter(isFree) ?? [];
  const toggle = (sampleId: string, isOn: boolean) => {
    const next = new Set(chosen);
    if (isOn) next.add(sampleId);
    else next.delete(sampleId);
    onChange(next);
  };
  const areAll = free.length > 0 && free.every(({ sample_id }) => chosen.has(sample_id));
  return (
    <fieldset style={{ border: 0, margin: 0, padding: 0, minWidth: 0 }}>
      <legend style={{ padding: 0, fontWeight: 600 }}>Samples</legend>
      <Text size="sm" c="dimmed" mb="sm">
        Those that are in no open delivery, newest first.
      </Text>
      <PagedList
        list={list}
        isEmpty={free.length === 0}
        empty={
          <Text>
            No sample is free.{' '}
            <Anchor component={Link} to="/samples" underline="always" inherit>
              Make one
            </Anchor>{' '}
            from a completed job.
          </Text>
        }
      >
        <Stack gap="xs">
          <Checkbox
            label={`All ${formatCount(free.length)} that are shown`}
            checked={areAll}
            indeterminate={!areAll && free.some(({ sample_id }) => chosen.has(sample_id))}
            onChange={(event) => {
              const shown = free.map(({ sample_id }) => sample_id);
              const others = [...chosen].filter((id) => !shown.includes(id));
              onChange(new Set(event.currentTarget.checked ? [...others, ...shown] : others));
            }}
          />
          {free.map((sample) => (
            <Checkbox
              key={sample.sample_id}
              ml="md"
              label={sample.barcode}
              description={`Made ${formatMoment(sample.created_at)}`}
              checked={chosen.has(sample.sample_id)}
              onChange={(event) => toggle(sample.sample_id, event.currentTarget.checked)}
            />
          ))}
        </Stack>
      </PagedList>
    </fieldset>
  );
}

const isFree = ({ state, result_checksum }: SampleListItem): boolean => state === undefined && result_checksum !== null;
