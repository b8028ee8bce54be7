// /partners/$partnerId: who a partner is, and for administrators, its tokens and webhook endpoints.

import { Anchor, Button, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { isAllowed } from '../../../domain/permissions.ts';
import { Moment } from '../jobs/Moment.tsx';
import { disablePartner, type Partner } from '../laboratory/api.ts';
import { laboratoryKeys, usePartner } from '../laboratory/queries.ts';
import { Confirm } from '../layout/Confirm.tsx';
import { DANGEROUS } from '../layout/dangerous.ts';
import { PageTitle } from '../layout/PageTitle.tsx';
import { Reading } from '../layout/Reading.tsx';
import { Fact, Facts, Section } from '../layout/Section.tsx';
import { useMe } from '../queries.ts';
import { Endpoints } from './Endpoints.tsx';
import { Tokens } from './Tokens.tsx';

export function PartnerPage({ partnerId }: { partnerId: string }) {
  const query = usePartner(partnerId);
  return (
    <>
      <Anchor component={Link} to="/partners" underline="always" size="sm">
        All partners
      </Anchor>
      <Reading query={query} kind="partner" wayOut={{ label: 'See the partners', to: '/partners' }} />
      {query.data === undefined ? null : <OnePartner partner={query.data} />}
    </>
  );
}

function OnePartner({ partner }: { partner: Partner }) {
  const role = useMe().data?.role;
  const isAdmin = role !== undefined && isAllowed(role, 'partner.manage');
  return (
    <>
      <PageTitle title={partner.name} />
      <Facts>
        <Fact name="E-mail">{partner.email ?? 'None'}</Fact>
        <Fact name="Since">
          <Moment at={partner.created_at} />
        </Fact>
        <Fact name="State">
          {partner.disabled_at === null ? (
            'Active'
          ) : (
            <>
              Disabled on <Moment at={partner.disabled_at} />
            </>
          )}
        </Fact>
      </Facts>
      {isAdmin ? (
        <Management partner={partner} />
      ) : (
        <Text mt="md">Their tokens and webhooks are for administrators.</Text>
      )}
    </>
  );
}

function Management({ partner }: { partner: Partner }) {
  const isActive = partner.disabled_at === null;
  return (
    <>
      <Section title="Tokens">
        <Tokens partnerId={partner.partner_id} isActive={isActive} />
      </Section>
      <Section title="Webhooks">
        <Endpoints partnerId={partner.partner_id} isActive={isActive} />
      </Section>
      {isActive ? (
        <Section title="Disable">
          <Disable partner={partner} />
        </Section>
      ) : null}
    </>
  );
}

function Disable({ partner }: { partner: Partner }) {
  const [isOpen, { open, close }] = useDisclosure(false);
  const client = useQueryClient();
  const disable = useMutation({
    mutationFn: () => disablePartner(partner.partner_id),
    onSuccess: () => {
      close();
      void client.invalidateQueries({ queryKey: laboratoryKeys.partner(partner.partner_id) });
      void client.invalidateQueries({ queryKey: laboratoryKeys.partners });
    },
  });
  return (
    <>
      <Text size="sm" mb="sm">
        Ends their access at once. What was delivered stays on record.
      </Text>
      <Button {...DANGEROUS} onClick={open}>
        Disable the partner
      </Button>
      <Confirm
        isOpen={isOpen}
        onClose={close}
        title={`Disable ${partner.name}?`}
        act={{ label: 'Disable', isDangerous: true }}
        keepLabel="Keep them active"
        mutation={disable}
      >
        <Text size="sm">
          Their tokens are refused from now on, nothing is sent to their webhooks, and no delivery can be prepared for
          them. This cannot be undone.
        </Text>
      </Confirm>
    </>
  );
}
