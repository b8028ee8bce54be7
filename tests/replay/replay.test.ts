// Every recorded history, of every version, replays with today's workflows; and a workflow that was changed without care is caught.

import { DeterminismViolationError } from '@temporalio/workflow';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { beforeAll, expect, it } from 'vitest';
import { bundleWorkflows } from '../../workers/bundle.ts';
import { ID_PREFIXES } from '../../workflows/id-prefixes.ts';
import { thisRelease } from '../compatibility/release.ts';
import { branches } from './branches.ts';
import { readHistory, workflowIdOf } from './history-file.ts';
import { branchesOf, readRecorded, recordedHistories, recordedVersions } from './recorded.ts';

Runtime.install({ logger: new DefaultLogger('ERROR') });

const names = recordedHistories();

/** How each replay ended. One worker replays them all: starting one takes longer than a replay. */
const endings = new Map<string, Error | 'replayed'>();

let code: string;
beforeAll(async () => {
  code = await bundleWorkflows();
  const left = names.map((name) => ({ name, ...recorded(readRecorded(name)) }));
  const histories = left.map(({ workflowId, history }) => ({ workflowId, history }));
  for await (const { runId, error } of Worker.runReplayHistories({ workflowBundle: { code } }, histories)) {
    const next = left.shift();
    const begin = next?.history.events?.[0]?.workflowExecutionStartedEventAttributes;
    if (next && begin?.originalExecutionRunId === runId) endings.set(next.name, error ?? 'replayed');
  }
});

const recorded = (text: string) => {
  const history = readHistory(text);
  const type = history.events?.[0]?.workflowExecutionStartedEventAttributes?.workflowType?.name ?? '';
  return { workflowId: workflowIdOf(text) ?? `${ID_PREFIXES[type] ?? ''}replayed`, history };
};

it('this version has a recorded history of every branch', () => {
  expect(recordedVersions().filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  const had = new Set(branchesOf(thisRelease()));
  expect(Object.keys(branches).filter((branch) => !had.has(branch))).toEqual([]);
});

it.for(recordedVersions())('%s has a recorded history of every branch that it had', (version) => {
  const had = branchesOf(version);
  expect(had.length).toBeGreaterThan(70);
  expect(had.filter((branch) => !names.includes(`${version}/${branch}.json`))).toEqual([]);
});

it.for(names)('%s replays', (name) => {
  expect(endings.get(name)).toBe('replayed');
});

it('a workflow that does another thing than it did is caught', async () => {
  // As though today's code called another activity where the recorded run sent its mail.
  const changed = readRecorded('0.1.0/annotation-archived.json').replaceAll(
    'mail.annotation.send',
    'mail.annotation.post',
  );
  const { workflowId, history } = recorded(changed);
  const replay = Worker.runReplayHistory({ workflowBundle: { code } }, history, workflowId);
  await expect(replay).rejects.toBeInstanceOf(DeterminismViolationError);
});
