// A SHA-256, short enough to be read, whole for those who compare it.

import { Code } from '@mantine/core';

export function Checksum({ value, isWhole = false }: { value: string; isWhole?: boolean }) {
  return (
    <Code title={`SHA-256 ${value}`} style={isWhole ? { overflowWrap: 'anywhere', whiteSpace: 'normal' } : {}}>
      {isWhole ? value : value.slice(0, 12)}
    </Code>
  );
}
