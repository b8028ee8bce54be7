// Every recorded history replays with today's workflows; and a workflow that was changed without care is caught.

import { readdirSync, readFileSync } from 'node:fs';
import { DeterminismViolationError } from '@temporalio/workflow';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { beforeAll, expect, it } from 'vitest';
import { bundleWorkflows } from '../../workers/bundle.ts';
import { branches } from './branches.ts';
import { readHistory, workflowIdOf } from './history-file.ts';

Runtime.install({ logger: new DefaultLogger('ERROR') });

const directory = new URL('./histories/', import.meta.url);
const names = readdirSync(directory).filter((name) => name.endsWith('.json'));
const read = (name: string) => readFileSync(new URL(name, directory), 'utf8');

let code: string;
beforeAll(async () => {
  code = await bundleWorkflows();
});

const replay = (text: string) =>
  Worker.runReplayHistory({ workflowBundle: { code } }, readHistory(text), workflowIdOf(text) ?? 'annotation/replayed');

it('there is a recorded history of every branch', () => {
  expect(names.map((name) => name.replace('.json', ''))).toEqual(
    expect.arrayContaining(Object.keys(branches).toSorted((a, b) => a.localeCompare(b))),
  );
});

it.for(names)('%s replays', async (name) => {
  await expect(replay(read(name))).resolves.toBeUndefined();
});

it('a workflow that does another thing than it did is caught', async () => {
  // As though today's code called another activity where the recorded run sent its mail.
  const changed = read('annotation-archived.json').replaceAll('mail.annotation.send', 'mail.annotation.post');
  await expect(replay(changed)).rejects.toBeInstanceOf(DeterminismViolationError);
});
