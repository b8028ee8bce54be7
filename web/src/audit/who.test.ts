// What people read in the column “Who” of the audit log.

import { expect, test } from 'vitest';
import { namesOf, whoInWords } from './who.ts';

const names = namesOf(
  [
    { user_id: 'u1', name: 'Technical reviewer', email: 'tech@varloom.test' },
    { user_id: 'u2', name: null, email: 'nameless@varloom.test' },
  ],
  [{ partner_id: 'p1', name: 'Demo clinic' }],
);

test.each([
  ['user:u1', 'Technical reviewer'],
  ['user:u2', 'nameless@varloom.test'],
  ['user:left', 'user:left'],
  ['partner:p1', 'Demo clinic'],
  ['system:delivery-review', 'Varloom (delivery review)'],
])('%s is %s', (actor, words) => expect(whoInWords(actor, names)).toBe(words));
