// The tokens of a partner's programs: make another (shown once), see which are used, revoke.

import { Button, Group, Loader, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { expiryAfterDays } from '../account/expiry.ts';
import { ExpirySelect } from '../account/ExpirySelect.tsx';
import { Moment } from '../jobs/Moment.tsx';
import { createPartnerToken, revokePartnerToken, type ServiceToken } from '../laboratory/api.ts';
import { laboratoryKeys, usePartnerTokens } from '../laboratory/queries.ts';
import { CardTable, Cell, Row } from '../layout/CardTable.tsx';
import { Confirm } from '../layout/Confirm.tsx';
import { DANGEROUS } from '../layout/dangerous.ts';
import { ProblemAlert } from '../layout/ProblemAlert.tsx';
import { Secrets } from './Secrets.tsx';

export function Tokens({ partnerId, isActive }: { partnerId: string; isActive: boolean }) {
  const { data, isPending, error, refetch } = usePartnerTokens(partnerId);
  const [toRevoke, setToRevoke] = useState<ServiceToken | null>(null);
  const tokens = data?.tokens ?? [];
  return (
    <>
      <Text size="sm" c="dimmed" mb="sm">
        To change a token, make a new one, give it to the partner, and revoke the old one when it is no longer used.
      </Text>
      {isActive ? <CreateToken partnerId={partnerId} /> : null}
      {isPending ? <Loader size="sm" role="status" aria-label="Loading" /> : null}
      {error === null ? null : <ProblemAlert error={error} onRetry={() => void refetch()} />}
      {data !== undefined && tokens.length === 0 ? <Text mt="sm">There are no tokens.</Text> : null}
      {tokens.length > 0 ? (
        <CardTable label="Tokens" columns={['Begins with', 'May', 'Expires', 'Last used', 'Action']}>
          {tokens.map((token) => (
            <TokenRow key={token.token_id} token={token} onRevoke={() => setToRevoke(token)} />
          ))}
        </CardTable>
      ) : null}
      <Revoke partnerId={partnerId} token={toRevoke} onClose={() => setToRevoke(null)} />
    </>
  );
}

function CreateToken({ partnerId }: { partnerId: string }) {
  const [days, setDays] = useState('365');
  const client = useQueryClient();
  const create = useMutation({
    mutationFn: () => createPartnerToken(partnerId, { expires_at: expiryAfterDays(Number(days), new Date()) }),
    onSuccess: () => void client.invalidateQueries({ queryKey: laboratoryKeys.tokens(partnerId) }),
  });
  return (
    <>
      <Group align="flex-end" gap="md" mb="sm">
        <ExpirySelect days={days} onChange={setDays} />
        <Button variant="default" loading={create.isPending} onClick={() => create.mutate()}>
          Make a token
        </Button>
      </Group>
      {create.isError ? <ProblemAlert error={create.error} /> : null}
      <Secrets
        title="The new token"
        secrets={create.data === undefined ? [] : [{ name: 'Token', value: create.data.token }]}
        onClose={create.reset}
      />
    </>
  );
}

function TokenRow({ token, onRevoke }: { token: ServiceToken; onRevoke: () => void }) {
  return (
    <Row>
      <Cell column="Begins with" as="lead">
        <code style={{ whiteSpace: 'nowrap' }}>{token.prefix}</code>
      </Cell>
      <Cell column="May" as="prose">
        {token.scopes.map(scopeInWords).join(', ')}
      </Cell>
      <Cell column="Expires">
        <Moment at={token.expires_at} />
      </Cell>
      <Cell column="Last used">{token.last_used_at === null ? 'Never' : <Moment at={token.last_used_at} />}</Cell>
      <Cell column="Action" as="act">
        <Button size="xs" {...DANGEROUS} onClick={onRevoke} aria-label={`Revoke ${token.prefix}`}>
          Revoke
        </Button>
      </Cell>
    </Row>
  );
}

/** `deliveries:read` → `read`; other programs' scopes stay as they are. */
const scopeInWords = (scope: string): string => scope.replace(/^deliveries:/, '');

function Revoke({ partnerId, token, onClose }: { partnerId: string; token: ServiceToken | null; onClose: () => void }) {
  const client = useQueryClient();
  const revoke = useMutation({
    mutationFn: async () => {
      if (token !== null) await revokePartnerToken(partnerId, token.token_id);
    },
    onSuccess: () => {
      onClose();
      void client.invalidateQueries({ queryKey: laboratoryKeys.tokens(partnerId) });
    },
  });
  return (
    <Confirm
      isOpen={token !== null}
      onClose={onClose}
      title="Revoke this token?"
      act={{ label: 'Revoke', isDangerous: true }}
      keepLabel="Keep it"
      mutation={revoke}
    >
      <Text size="sm">
        Programs that use <code>{token?.prefix}…</code> are refused from now on. This cannot be undone.
      </Text>
    </Confirm>
  );
}
