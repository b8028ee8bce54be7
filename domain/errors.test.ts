// Errors are part of the interface: every kind has a way out, and what can be wrong with an input is written down.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ERROR_TYPES, httpStatusOf, remedyOf } from './errors.ts';

const annotation = readFileSync(new URL('../docs/annotation.md', import.meta.url), 'utf8');

describe.for(ERROR_TYPES)('%s', (type) => {
  it('has a stable name, a status and a remedy', () => {
    expect(type).toMatch(/^[a-z]+(_[a-z]+)*$/);
    expect(httpStatusOf(type)).toBeGreaterThanOrEqual(400);
    expect(remedyOf(type)).toMatch(/^[A-Z].*\.$/);
  });

  it.runIf(type.startsWith('input_') && type !== 'input_not_found')('is explained in docs/annotation.md', () => {
    expect(annotation).toContain(`\`${type}\``);
  });
});
