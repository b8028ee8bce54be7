// How long a new key or token is valid: chosen in days, sent as a moment (`expiry.ts`).

import { NativeSelect } from '@mantine/core';

interface Props {
  /** Days, or '' for never. */
  days: string;
  onChange: (days: string) => void;
  mayBeEndless?: boolean;
}

export function ExpirySelect({ days, onChange, mayBeEndless = false }: Props) {
  return (
    <NativeSelect
      label="Expires"
      value={days}
      onChange={(event) => onChange(event.currentTarget.value)}
      data={[
        { value: '30', label: 'in 30 days' },
        { value: '90', label: 'in 90 days' },
        { value: '365', label: 'in a year' },
        ...(mayBeEndless ? [{ value: '', label: 'never' }] : []),
      ]}
    />
  );
}
