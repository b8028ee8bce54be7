// Errors are part of the interface: every kind has a way out, and what can be wrong with an input is written down.

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ERROR_TYPES, httpStatusOf, remedyOf } from './errors.ts';

const annotation = readFileSync(new URL('../docs/annotation.md', import.meta.url), 'utf8');

it.for(ERROR_TYPES)('%s has a stable name, a status and a remedy', (type) => {
  expect(type).toMatch(/^[a-z]+(_[a-z]+)*$/);
  expect(httpStatusOf(type)).toBeGreaterThanOrEqual(400);
  expect(remedyOf(type)).toMatch(/^[A-Z].*\.$/);
});

const ofInputs = ERROR_TYPES.filter((type) => type.startsWith('input_') && type !== 'input_not_found');

it.for(ofInputs)('%s is explained in docs/annotation.md', (type) => {
  expect(annotation).toContain(`\`${type}\``);
});
