// A progress bar whose role is on the whole bar: Mantine's own sits on the filled part, which is no thing at 0 %.

import { Progress } from '@mantine/core';

/** `percent` is a whole number, 0 to 100. */
export function ProgressBar({ percent, label }: { percent: number; label: string }) {
  return (
    <Progress.Root
      size="lg"
      mt="xs"
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
    >
      <Progress.Section value={percent} withAria={false} />
    </Progress.Root>
  );
}
