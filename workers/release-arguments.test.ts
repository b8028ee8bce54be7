// Every running saga is looked at before a release, unless its words say otherwise.

import { expect, it } from 'vitest';
import { readReleaseArguments } from './release-arguments.ts';

it('looks at all running sagas unless it is told a number', () => {
  expect(readReleaseArguments([])).toEqual({ mostReplayed: undefined, patienceSeconds: 120 });
  expect(readReleaseArguments(['--replay', '50', '--patience', '5'])).toEqual({ mostReplayed: 50, patienceSeconds: 5 });
});

it.for([[['--replay', 'few']], [['--replay', '-1']], [['--patience', '1.5']], [['--all']], [['all']]] as const)(
  'does not understand %s',
  ([words]) => {
    expect(readReleaseArguments([...words])).toBeUndefined();
  },
);
