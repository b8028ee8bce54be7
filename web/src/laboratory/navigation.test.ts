// Who is led where.

import { expect, test } from 'vitest';
import { ROLES, type Role } from '../../../domain/principal.ts';
import { laboratoryPagesOf } from './navigation.ts';

const labels = (role: Role, isDelegate = false) =>
  laboratoryPagesOf({ role, organization: 'laboratory', isDelegate }).map(({ label }) => label);

test('reviewers have a queue, administrators have partners, everybody has deliveries', () => {
  expect(labels('member')).toEqual(['Deliveries', 'Samples', 'Organization']);
  for (const reviewer of ['technical', 'licensed', 'director'] as const) {
    expect(labels(reviewer)).toEqual(['Reviews', 'Deliveries', 'Samples', 'Organization']);
  }
  expect(labels('admin')).toEqual(['Deliveries', 'Samples', 'Partners', 'Organization', 'Audit log']);
});

test('who decides in the stead of a reviewer has a queue', () => {
  expect(labels('member', true)).toContain('Reviews');
});

test.each(ROLES)('without a laboratory there is nothing of it for %s', (role) => {
  expect(laboratoryPagesOf({ role, organization: 'personal', isDelegate: false })).toEqual([]);
});
