// Job and result states in words; colour only repeats what the word says.

import { Badge, type MantineColor } from '@mantine/core';
import type { JobPhase, JobStatus, ResultState } from '../../../domain/jobs.ts';

export function statusLabel(status: JobStatus): string {
  switch (status) {
    case 'PENDING':
      return 'Pending';
    case 'RUNNING':
      return 'Running';
    case 'COMPLETED':
      return 'Completed';
    case 'FAILED':
      return 'Failed';
    case 'CANCELLED':
      return 'Cancelled';
  }
}

function statusColor(status: JobStatus): MantineColor {
  switch (status) {
    case 'PENDING':
    case 'CANCELLED':
      return 'gray.7';
    case 'RUNNING':
      return 'indigo.8';
    case 'COMPLETED':
      return '#237032';
    case 'FAILED':
      return 'red.9';
  }
}

export function StatusBadge({ status }: { status: JobStatus }) {
  return (
    <Badge color={statusColor(status)} variant="filled" radius="sm" tt="none" miw="max-content">
      {statusLabel(status)}
    </Badge>
  );
}

/** Where the result is; `null` before there is one. */
export function resultLabel(state: ResultState | null): string {
  switch (state) {
    case null:
      return 'No result';
    case 'live':
      return 'Available';
    case 'archiving':
      return 'Being archived';
    case 'archived':
      return 'Archived';
    case 'restoring':
      return 'Being restored';
    case 'deleted':
      return 'Erased';
  }
}

export function phaseLabel(phase: JobPhase): string {
  switch (phase) {
    case 'queued':
      return 'Waiting for a free engine';
    case 'staging':
      return 'Fetching the file';
    case 'validating':
      return 'Checking the file';
    case 'annotating':
      return 'Annotating';
    case 'publishing':
      return 'Storing the result';
  }
}
