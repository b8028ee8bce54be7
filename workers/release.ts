// Makes this version of the workflow code the current one of its deployment: `npm run release`. Before that every saga
// that would go on with it is replayed with it; one that cannot be stops the release, and nothing has changed.

import { setTimeout } from 'node:timers/promises';
import type { Client, WorkflowExecutionInfo, WorkflowHandle } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import type { DataConverter, WorkerDeploymentVersion } from '@temporalio/common';
import { TASK_QUEUES } from '../domain/queues.ts';
import { GRPC, grpcStatusOf } from '../temporal/grpc-status.ts';

export interface ReleaseOptions {
  client: Client;
  dataConverter: DataConverter;
  version: WorkerDeploymentVersion;
  /** The workflow bundle's code. */
  code: string;
  /** So many running sagas are replayed, the newest first; those that have not begun do not count. All unless given. */
  mostReplayed?: number | undefined;
  /** How long the version's workers may take to appear. */
  patienceSeconds: number;
  say: (line: string) => void;
}

/** Thrown when running sagas could not go on with the new code; names them. */
export class ReleaseRefused extends Error {
  override name = 'ReleaseRefused';
}

/** Answers the build id that was current before, if there was one. */
export async function release(options: ReleaseOptions): Promise<string | undefined> {
  const { client, version, say } = options;
  const before = await currentBuildId(client, version.deploymentName);
  if (before === version.buildId) {
    say(`${version.buildId} is the current version already`);
    await tellOldVersions(options);
    return before;
  }
  await replayRunning(options);
  await setCurrent(options);
  say(
    `${version.buildId} is current${before === undefined ? '' : `; until the last saga of ${before} has ended, keep its workers`}`,
  );
  await tellOldVersions(options);
  return before;
}

/** Which versions were current once, and whether somebody still needs their workers. */
async function tellOldVersions({ client, version: { deploymentName, buildId: current }, say }: ReleaseOptions) {
  const { workerDeploymentInfo } = await client.workflowService.describeWorkerDeployment({
    namespace: client.options.namespace,
    deploymentName,
  });
  const unneeded: string[] = [];
  for (const { deploymentVersion, drainageInfo } of workerDeploymentInfo?.versionSummaries ?? []) {
    const buildId = deploymentVersion?.buildId;
    // A version that never was current has nothing to drain.
    if (!buildId || buildId === current || !drainageInfo) continue;
    const runs = await pinnedTo(client, { deploymentName, buildId });
    if (runs === 0) unneeded.push(buildId);
    else say(`keep the workers of ${buildId}: runs that are pinned to it: ${runs}`);
  }
  if (unneeded.length > 0) say(`the workers of these may go, no run is pinned to them: ${unneeded.join(', ')}`);
}

/** Of a deployment; undefined before its first release. */
export async function currentBuildId(client: Client, deploymentName: string): Promise<string | undefined> {
  try {
    const { workerDeploymentInfo } = await client.workflowService.describeWorkerDeployment({
      namespace: client.options.namespace,
      deploymentName,
    });
    return workerDeploymentInfo?.routingConfig?.currentDeploymentVersion?.buildId ?? undefined;
  } catch (error) {
    if (grpcStatusOf(error) === GRPC.NOT_FOUND) return undefined;
    throw error;
  }
}

/** How many runs are pinned to a version and have not ended: when it is 0, its workers may go. */
export async function pinnedTo(client: Client, version: WorkerDeploymentVersion): Promise<number> {
  const { count } = await client.workflow.count(
    `ExecutionStatus = "Running" AND TemporalWorkerDeploymentVersion = "${version.deploymentName}:${version.buildId}" ` +
      `AND TemporalWorkflowVersioningBehavior = "Pinned"`,
  );
  return count;
}

/** Of a release that takes minutes, one sees that it goes on. */
const TOLD_EVERY = 1000;
const FAULTS_NAMED = 20;

async function replayRunning(options: ReleaseOptions): Promise<void> {
  const { client, dataConverter, code, mostReplayed = Number.POSITIVE_INFINITY, say } = options;
  // The ones that are pinned stay where they are.
  const query =
    `ExecutionStatus = "Running" AND TaskQueue = "${TASK_QUEUES.orchestration}" ` +
    `AND (TemporalWorkflowVersioningBehavior IS NULL OR TemporalWorkflowVersioningBehavior != "Pinned")`;
  const { count } = await client.workflow.count(query);
  const seen = { replayed: 0, notBegun: 0 };
  const faults: string[] = [];
  let faulty = 0;
  for await (const { workflowId, error } of Worker.runReplayHistories(
    { workflowBundle: { code }, dataConverter },
    historiesOf(client, client.workflow.list({ query }), mostReplayed, seen),
  )) {
    seen.replayed += 1;
    if (seen.replayed % TOLD_EVERY === 0) say(`${seen.replayed} of about ${count} running sagas replayed`);
    if (!error) continue;
    faulty += 1;
    if (faults.length < FAULTS_NAMED) faults.push(`${workflowId}: ${faultOf(error)}`);
  }
  const unseen = Math.max(0, count - seen.replayed - seen.notBegun);
  const notBegun = seen.notBegun > 0 ? `, ${seen.notBegun} not begun` : '';
  say(
    `${seen.replayed} running sagas replayed${notBegun}${unseen > 0 && mostReplayed <= seen.replayed ? `, ${unseen} more not looked at, as asked` : ''}`,
  );
  if (faulty === 0) return;
  throw new ReleaseRefused(
    `${faulty} running sagas cannot go on with this code; nothing was changed:\n  ${faults.join('\n  ')}\n` +
      'Guard what changed with patched(), see docs/changing-a-workflow.md, and release again.',
  );
}

/** Its name, and where the history and the code part, which names steps and no values. */
function faultOf(error: Error): string {
  const parting = /\[TMPRL1100\][^"]*/.exec(error.message)?.[0].trim();
  return parting === undefined ? error.name : `${error.name}: ${parting}`;
}

/** Histories of at most `most` runs that have begun; those that have not are only counted. */
async function* historiesOf(
  client: Client,
  runs: AsyncIterable<WorkflowExecutionInfo>,
  most: number,
  seen: { notBegun: number },
) {
  let left = most;
  for await (const { workflowId, runId } of runs) {
    if (left <= 0) return;
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    if (hasBegun(history)) {
      left -= 1;
      yield { workflowId, history };
    } else {
      seen.notBegun += 1;
    }
  }
}

type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;

/**
 * Whether workflow code has done something that is kept: before that any code can go on, and the SDK cannot replay a history
 * of which not even the first task is there (it waits for minutes, then gives up).
 */
function hasBegun({ events }: History): boolean {
  return (events ?? []).some(({ workflowTaskCompletedEventAttributes: done }) => done);
}

async function setCurrent({ client, version, patienceSeconds, say }: ReleaseOptions): Promise<void> {
  const end = Date.now() + patienceSeconds * 1000;
  for (let told = false; ; told = true) {
    try {
      await client.workflowService.setWorkerDeploymentCurrentVersion({
        namespace: client.options.namespace,
        ...version,
        identity: 'varloom-release',
      });
      return;
    } catch (error) {
      const status = grpcStatusOf(error);
      // No poller of the version has been seen yet.
      const isMissing = status === GRPC.NOT_FOUND || status === GRPC.FAILED_PRECONDITION;
      if (!isMissing || Date.now() > end) throw error;
      if (!told) say(`waiting for workers of ${version.buildId}`);
      await setTimeout(500);
    }
  }
}
