// Shows secrets that were just made, this once.

import { Button, Code, Group, Modal, Stack, Text } from '@mantine/core';
import { CopyText } from '../text/CopyText.tsx';

export interface Secret {
  /** `Token`, `Webhook secret`. */
  name: string;
  value: string;
}

export function Secrets({
  title,
  secrets,
  onClose,
}: {
  title: string;
  secrets: readonly Secret[];
  onClose: () => void;
}) {
  return (
    <Modal
      opened={secrets.length > 0}
      onClose={onClose}
      title={title}
      // A click beside the dialog must not lose what is shown only once.
      closeOnClickOutside={false}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <Stack gap="md">
        <Text size="sm">Copy now: this is shown only once, and nobody can show it again.</Text>
        {secrets.map(({ name, value }) => (
          <div key={name}>
            <Group justify="space-between" mb={4}>
              <Text fw={600}>{name}</Text>
              <CopyText text={value} label={`Copy the ${name.toLowerCase()}`} />
            </Group>
            <Code block aria-label={name} style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
              {value}
            </Code>
          </div>
        ))}
        <Group justify="flex-end">
          <Button onClick={onClose}>I have copied everything</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
