// /partners: whom the laboratory delivers to, and for administrators, the making of one.

import { Anchor, Button, Fieldset, Group, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState, type FormEvent } from 'react';
import { isAllowed } from '../../../domain/permissions.ts';
import { Moment } from '../jobs/Moment.tsx';
import { createPartnerOf, type CreatedPartner } from '../laboratory/api.ts';
import { OnlyInLaboratory } from '../laboratory/OnlyInLaboratory.tsx';
import { laboratoryKeys, usePartners } from '../laboratory/queries.ts';
import { CardTable, Cell, PagedList, Row } from '../layout/CardTable.tsx';
import { PageTitle } from '../layout/PageTitle.tsx';
import { ProblemAlert } from '../layout/ProblemAlert.tsx';
import { useMe } from '../queries.ts';
import { Secrets, type Secret } from './Secrets.tsx';

export function PartnerListPage() {
  const role = useMe().data?.role;
  const isAdmin = role !== undefined && isAllowed(role, 'partner.manage');
  return (
    <>
      <PageTitle
        title="Partners"
        lead="Whom the laboratory delivers to. Their programs use tokens, and are told by webhooks."
      />
      <OnlyInLaboratory>
        {isAdmin ? <CreatePartner /> : null}
        <PartnerList isAdmin={isAdmin} />
      </OnlyInLaboratory>
    </>
  );
}

function PartnerList({ isAdmin }: { isAdmin: boolean }) {
  const list = usePartners();
  const partners = list.data?.pages.flatMap((page) => page.partners) ?? [];
  return (
    <PagedList list={list} isEmpty={partners.length === 0} empty={<Text>There are no partners yet.</Text>}>
      <CardTable label="Partners" columns={['Name', 'E-mail', 'Since', 'State']}>
        {partners.map((partner) => (
          <Row key={partner.partner_id}>
            <Cell column="Name" as="lead">
              {isAdmin ? (
                <Anchor
                  underline="always"
                  lineClamp={2}
                  renderRoot={(props) => (
                    <Link {...props} to="/partners/$partnerId" params={{ partnerId: partner.partner_id }} />
                  )}
                >
                  {partner.name}
                </Anchor>
              ) : (
                partner.name
              )}
            </Cell>
            <Cell column="E-mail" as="prose">
              {partner.email ?? 'None'}
            </Cell>
            <Cell column="Since">
              <Moment at={partner.created_at} />
            </Cell>
            <Cell column="State">{partner.disabled_at === null ? 'Active' : 'Disabled'}</Cell>
          </Row>
        ))}
      </CardTable>
    </PagedList>
  );
}

const EMPTY = { name: '', email: '', url: '' };

function CreatePartner() {
  const [typed, setTyped] = useState(EMPTY);
  const client = useQueryClient();
  const create = useMutation({
    mutationFn: () =>
      createPartnerOf({
        name: typed.name.trim(),
        ...(typed.email.trim() === '' ? {} : { email: typed.email.trim() }),
        ...(typed.url.trim() === '' ? {} : { webhook_url: typed.url.trim() }),
      }),
    onSuccess: () => {
      setTyped(EMPTY);
      void client.invalidateQueries({ queryKey: laboratoryKeys.partners });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typed.name.trim() !== '' && !create.isPending) create.mutate();
  };
  const change = (field: keyof typeof EMPTY) => (event: { currentTarget: { value: string } }) =>
    setTyped({ ...typed, [field]: event.currentTarget.value });
  return (
    <form onSubmit={submit} aria-label="Add a partner">
      <Fieldset legend="Add a partner" mb="lg">
        <Group align="flex-end" gap="md">
          <TextInput
            flex="1 1 14rem"
            label="Name"
            required
            maxLength={200}
            value={typed.name}
            onChange={change('name')}
          />
          <TextInput
            flex="1 1 14rem"
            label="E-mail"
            type="email"
            description="Is told of each delivery"
            maxLength={320}
            value={typed.email}
            onChange={change('email')}
          />
          <TextInput
            flex="1 1 14rem"
            label="Webhook address"
            description="https, where their program is told"
            maxLength={2000}
            value={typed.url}
            onChange={change('url')}
          />
          <Button type="submit" loading={create.isPending} disabled={typed.name.trim() === ''}>
            Add the partner
          </Button>
        </Group>
        {create.isError ? <ProblemAlert error={create.error} /> : null}
      </Fieldset>
      <Secrets title="The partner’s secrets" secrets={secretsOf(create.data)} onClose={create.reset} />
    </form>
  );
}

function secretsOf(created: CreatedPartner | undefined): Secret[] {
  if (created === undefined) return [];
  const webhook = created.webhook_secret;
  return [
    { name: 'Token', value: created.token },
    ...(webhook === null ? [] : [{ name: 'Webhook secret', value: webhook }]),
  ];
}
