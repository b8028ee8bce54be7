// Workers as versions of a deployment, so that a saga goes on with code that knows its history.

import { createHash } from 'node:crypto';
import type { VersioningBehavior, WorkerDeploymentVersion } from '@temporalio/common';
import type { WorkerDeploymentOptions } from '@temporalio/worker';

export interface DeploymentSettings {
  /** Unset: the workers are not versioned, and every saga goes on with whatever code runs. */
  WORKER_DEPLOYMENT?: string | undefined;
  WORKER_BUILD_ID?: string | undefined;
  RETENTION_SECONDS: number;
}

/** Up to here an old version is kept running until its annotations have ended. */
const LONGEST_PINNED_RETENTION_SECONDS = 3600;

/** The version of a worker that runs the bundle `code`: by default what the bundle's content says. */
export function deploymentVersion(settings: DeploymentSettings, code: string): WorkerDeploymentVersion | undefined {
  const { WORKER_DEPLOYMENT: deploymentName, WORKER_BUILD_ID: named } = settings;
  if (deploymentName === undefined) return undefined;
  return { deploymentName, buildId: named ?? createHash('sha256').update(code).digest('hex').slice(0, 16) };
}

/** `annotateThenArchive` takes the default: it is short unless the retention window is long. */
export function defaultBehavior({ RETENTION_SECONDS }: DeploymentSettings): VersioningBehavior {
  return RETENTION_SECONDS <= LONGEST_PINNED_RETENTION_SECONDS ? 'PINNED' : 'AUTO_UPGRADE';
}

export function deploymentOptions(settings: DeploymentSettings, code: string): WorkerDeploymentOptions | undefined {
  const version = deploymentVersion(settings, code);
  if (version === undefined) return undefined;
  return { version, useWorkerVersioning: true, defaultVersioningBehavior: defaultBehavior(settings) };
}
