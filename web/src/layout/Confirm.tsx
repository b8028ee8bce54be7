// Asks a second time before something that cannot be taken back, or not easily.

import { Button, Group, Modal } from '@mantine/core';
import type { ReactNode } from 'react';
import { ProblemAlert } from './ProblemAlert.tsx';

interface Props {
  isOpen: boolean;
  onClose: () => void;
  title: string;
  /** What happens, and what does not. */
  children: ReactNode;
  act: { label: string; isDangerous?: boolean; isDisabled?: boolean };
  keepLabel: string;
  /** The mutation that does it. */
  mutation: { mutate: () => void; reset: () => void; isPending: boolean; error: Error | null };
}

export function Confirm({ isOpen, onClose, title, children, act, keepLabel, mutation }: Props) {
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      onExitTransitionEnd={mutation.reset}
      title={title}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {children}
      {mutation.error === null ? null : <ProblemAlert error={mutation.error} />}
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose} data-autofocus>
          {keepLabel}
        </Button>
        <Button
          {...(act.isDangerous ? { color: 'red.9' } : {})}
          loading={mutation.isPending}
          disabled={act.isDisabled ?? false}
          onClick={() => mutation.mutate()}
        >
          {act.label}
        </Button>
      </Group>
    </Modal>
  );
}
