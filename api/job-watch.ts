// Tells waiting streams that a job changed: one LISTEN connection per gateway, however many people watch.

import type { Database } from '../db/client.ts';
import { JOB_CHANNEL } from '../db/jobs.ts';
import type { JobId } from '../domain/ids.ts';

export interface JobWatch {
  /** Calls `onChange` whenever the job may have changed. Returns the way to stop. */
  subscribe(id: JobId, onChange: () => void): () => void;
  close(): Promise<void>;
}

export async function createJobWatch(database: Database): Promise<JobWatch> {
  const watchers = new Map<string, Set<() => void>>();
  const unlisten = await database.listen(
    JOB_CHANNEL,
    (id) => watchers.get(id)?.forEach((onChange) => onChange()),
    // After a lost connection anything may have changed.
    () => watchers.forEach((set) => set.forEach((onChange) => onChange())),
  );
  return {
    subscribe(id, onChange) {
      const set = watchers.get(id) ?? new Set();
      watchers.set(id, set.add(onChange));
      return () => {
        set.delete(onChange);
        if (set.size === 0) watchers.delete(id);
      };
    },
    close: unlisten,
  };
}
