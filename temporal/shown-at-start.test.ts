// What a start says to operators: ids and words of closed sets, whatever else the saga is started with.

import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { organizationId, userId } from '../domain/ids.ts';
import { system } from '../domain/principal.ts';
import { known, organizationOf, PURPOSES, shownAtStart } from './shown-at-start.ts';

const [job, organization] = [randomUUID(), organizationId(randomUUID())];
const shownOf = (...start: Parameters<typeof shownAtStart>) => {
  const shown = shownAtStart(...start);
  if (!('staticSummary' in shown)) throw new Error('nothing is shown');
  const attributes = (shown.typedSearchAttributes ?? []).map(({ key, value }) => [key.name, value]);
  return { ...shown, attributes: Object.fromEntries(attributes) as Record<string, unknown> };
};

it('says what the saga is for, what it is about, and what its starter knows', () => {
  const options = { workflowId: 'kept', args: [{ jobId: job }], ...known({ Genome: 'demo', Plan: 'free' }) };
  const shown = shownOf('annotateThenArchive', options, organization);
  const facts = { OrganizationId: organization, Genome: 'demo', Plan: 'free' };
  expect(shown).toMatchObject({ workflowId: 'kept', staticSummary: PURPOSES['annotateThenArchive'] });
  expect(shown.memo).toEqual({ Purpose: PURPOSES['annotateThenArchive'], JobId: job, ...facts });
  expect(shown.attributes).toEqual(facts);
});

it('says the same when it is asked twice, as where two interceptors see one start', () => {
  const once = shownAtStart('eraseData', { args: [{ jobId: job }] }, organization);
  expect(shownAtStart('eraseData', once, organization)).toEqual(once);
});

it.for([
  { jobId: 'Jane Roe' },
  { jobId: { name: 'Jane Roe' } },
  { email: 'jane@roe.test', fileName: 'jane-roe.vcf' },
  'Jane Roe',
  null,
])('says nothing of %j', (input) => {
  const shown = shownOf('eraseData', { args: [input] });
  expect(shown.memo).toEqual({ Purpose: PURPOSES['eraseData'] });
  expect(shown.attributes).toEqual({});
});

it('leaves what is not known unsaid', () => {
  expect(known({ Genome: undefined, Plan: 'free' })).toEqual({ memo: { Plan: 'free' } });
});

it('leaves workflows of others as they are', () => {
  const options = { args: [{ jobId: job }] };
  expect(shownAtStart('everywhere', options, organization)).toBe(options);
});

it('knows the organization of people and partners, and none of the service itself', () => {
  const user = { kind: 'user', userId: userId(randomUUID()), organizationId: organization } as const;
  const partner = { kind: 'service', name: 'partner:1', organizationId: organization } as const;
  expect([user, partner, system('tend-jobs'), undefined].map(organizationOf)).toEqual([
    organization,
    organization,
    undefined,
    undefined,
  ]);
});
