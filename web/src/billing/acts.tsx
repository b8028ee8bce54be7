// The buttons that lead to the payment service: its payment page, and its portal.

import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { openCheckout, openPortal } from '../api.ts';
import { ProblemAlert } from '../layout/ProblemAlert.tsx';
import { queryKeys } from '../queries.ts';

export function Upgrade({ label }: { label: string }) {
  const client = useQueryClient();
  const open = useMutation({
    mutationFn: openCheckout,
    onSuccess: ({ checkout_url }) => window.location.assign(checkout_url),
    // Also after a refusal: who has Premium already should see it.
    onError: () => void client.invalidateQueries({ queryKey: queryKeys.subscription }),
  });
  return (
    <div>
      {/* Until the browser has left, the button stays as it was pressed. */}
      <Button loading={open.isPending || open.isSuccess} onClick={() => open.mutate()}>
        {label}
      </Button>
      {open.isError ? <ProblemAlert error={open.error} /> : null}
    </div>
  );
}

export function ContinueToPayment({ label, url }: { label: string; url: string }) {
  return (
    <Button component="a" href={url}>
      {label}
    </Button>
  );
}

/** `isFirst`: it is what the person came for. */
export function OpenPortal({ label, isFirst }: { label: string; isFirst: boolean }) {
  const open = useMutation({
    mutationFn: openPortal,
    onSuccess: ({ portal_url }) => window.location.assign(portal_url),
  });
  return (
    <div>
      <Button
        variant={isFirst ? 'filled' : 'default'}
        loading={open.isPending || open.isSuccess}
        onClick={() => open.mutate()}
      >
        {label}
      </Button>
      {open.isError ? <ProblemAlert error={open.error} /> : null}
    </div>
  );
}
