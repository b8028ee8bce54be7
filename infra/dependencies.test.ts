// The rules for what we take from others.

import { expect, it } from 'vitest';
import { dependencyFaults, type LockedPackage } from './dependencies.mjs';

const integrity = 'sha512-x';
const faultsOf = (entry: LockedPackage, licence: string | null | undefined = 'MIT', version = '1.2.3') =>
  dependencyFaults(
    { dependencies: { good: version } },
    { lockfileVersion: 3, packages: { '': {}, 'node_modules/other/node_modules/@some/one': entry } },
    () => licence,
  );

it.for(['MIT', '(MIT OR GPL-3.0)', 'Apache-2.0 AND ISC', null])('takes what is locked, licensed %s', (licence) => {
  expect(faultsOf({ version: '1.0.0-rc.1', integrity }, licence)).toEqual([]);
});

it.for<[string, LockedPackage, (string | null | undefined)?, string?]>([
  ['package.json: good is "^1.2.3", which is not an exact version', { version: '1.0.0', integrity }, 'MIT', '^1.2.3'],
  ['@some/one: has no SHA-512 integrity', { version: '1.0.0' }],
  ['@some/one: has no SHA-512 integrity', { version: '1.0.0', integrity: 'sha1-x' }],
  ['@some/one: not a version of a registry', { version: 'git+ssh://git@host/some/one.git#1', integrity }],
  ['@some/one: not a version of a registry', { link: true, version: '1.0.0', integrity }],
  ['@some/one: not from a registry', { version: '1.0.0', resolved: 'git+ssh://git@host/some/one.git#1', integrity }],
  ['@some/one: not from a registry', { version: '1.0.0', resolved: 'http://host/one.tgz', integrity }],
  ['@some/one: its licence is AGPL-3.0, which is not on the list', { version: '1.0.0', integrity }, 'AGPL-3.0'],
  [
    '@some/one: its licence is MIT AND GPL-2.0, which is not on the list',
    { version: '1.0.0', integrity },
    'MIT AND GPL-2.0',
  ],
])('refuses: %s', ([fault, entry, licence, version]) => {
  expect(faultsOf(entry, licence, version)).toEqual([fault]);
});

it('asks for a licence, but not of what is for development alone', () => {
  const asked = (entry: LockedPackage) =>
    dependencyFaults({}, { lockfileVersion: 3, packages: { 'node_modules/one': entry } }, () => undefined);
  expect(asked({ version: '1.0.0', integrity })).toEqual(['one: its licence is not said, which is not on the list']);
  expect(asked({ version: '1.0.0', integrity, dev: true })).toEqual([]);
});
