// What every embedded service has in common: a plan that the stack supervises, or a start of its own for tests.
import { join } from 'node:path';
import { reservePort } from '../ports.ts';
import { startProcess } from '../running-process.ts';
import type { ProcessPlan, RunningProcess } from '../running-process.ts';

export interface ServiceOptions {
  /** Holds the service's data; kept over restarts. */
  directory: string;
  /** Of 127.0.0.1; a free one when not given. */
  port?: number;
}

export interface EmbeddedService<Addresses> {
  plan: ProcessPlan;
  addresses: Addresses;
  /** Makes what the service must hold (roles, buckets …) after each start; does nothing when it is there. */
  provision?: () => Promise<void>;
}

export type StartedService<Addresses> = Addresses & { process: RunningProcess; stop: () => Promise<void> };

/** Starts one service outside of a stack; its log stands in its directory. Stop it, or it outlives this process. */
export async function startEmbedded<Addresses extends object>(
  service: EmbeddedService<Addresses>,
  directory: string,
): Promise<StartedService<Addresses>> {
  const process = await startProcess(service.plan, join(directory, `${service.plan.name}.log`));
  try {
    await service.provision?.();
  } catch (error) {
    await process.stop();
    throw error;
  }
  return { ...service.addresses, process, stop: process.stop };
}

export const portOrFree = async (port: number | undefined): Promise<number> => port ?? (await reservePort());

/** True when `url` answers with a success within a second. */
export async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(1000), redirect: 'manual' });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
