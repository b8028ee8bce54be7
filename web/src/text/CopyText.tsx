// Copies a text, and says whether that worked: browsers allow it on secure origins only.

import { Button } from '@mantine/core';
import { useState } from 'react';

export function CopyText({ text, label }: { text: string; label: string }) {
  const [outcome, setOutcome] = useState<'none' | 'copied' | 'refused'>('none');
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setOutcome('copied');
    } catch {
      // Also thrown where `navigator.clipboard` does not exist, which is so on plain http.
      setOutcome('refused');
    }
  };
  return (
    <Button variant="default" size="xs" onClick={() => void copy()}>
      <span aria-live="polite">
        {outcome === 'copied' ? 'Copied' : outcome === 'refused' ? 'Select the text and copy it by hand' : label}
      </span>
    </Button>
  );
}
