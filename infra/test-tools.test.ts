// A tool that is missing is refused where it could be had, and only told of where it could not.

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { missingTools } from './test-tools.mjs';

const tools = {
  here: { find: () => '/usr/bin/here', by: ['go'] },
  left: { find: () => undefined, by: ['go'] },
  pair: { find: () => undefined, by: ['apt-get', 'dpkg-deb'] },
};

it('refuses what set-up could have installed, tells of what it could not, and is silent about what is there', () => {
  expect(missingTools(tools, (program) => program !== 'dpkg-deb')).toEqual({
    refused: ['left is missing, although go could install it'],
    told: ['pair cannot be had here without dpkg-deb: what needs it was skipped'],
  });
  expect(missingTools(tools, () => true).refused).toHaveLength(2);
  expect(missingTools(tools, () => false).refused).toEqual([]);
});

it('is asked where nobody reads along, after the tests', () => {
  const steps = readFileSync(new URL('../.ci/run', import.meta.url), 'utf8');
  expect(steps).toMatch(/npm test [^]*^node infra\/test-tools\.mjs \|\| status=1$/m);
});
