// Each workflow has its place: nobody forgets to say how long it lasts.

import { expect, it } from 'vitest';
import { WAITING } from '../temporal/task-timeout.ts';
import * as workflows from './index.ts';
import { AUTO_UPGRADE, PINNED } from './versioning.ts';

it('every workflow but the one whose length is a setting says which version it stays with', () => {
  const told = [...PINNED, ...AUTO_UPGRADE].map(({ name }) => name);
  const all = Object.keys(workflows);
  expect(told.toSorted()).toEqual(all.filter((name) => name !== 'annotateThenArchive').toSorted());
});

it('those that wait for days have time for a long history', () => {
  expect(AUTO_UPGRADE.map(({ name }) => name).toSorted()).toEqual(WAITING.toSorted());
});
