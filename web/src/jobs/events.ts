// Follows a running job by server-sent events and writes what they tell into the cached job.

import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { hasEnded } from '../../../domain/jobs.ts';
import { jobEventsUrl, type Job } from '../api.ts';
import type { JobEvent } from '../../../domain/http.ts';
import { queryKeys } from '../queries.ts';

/** Returns true while no stream can be had although `follow` asks for one. */
export function useJobEvents(jobId: string, follow: boolean): boolean {
  const client = useQueryClient();
  const [lost, setLost] = useState(false);
  useEffect(() => {
    if (!follow) return;
    const source = new EventSource(jobEventsUrl(jobId));
    const reload = () => {
      void client.invalidateQueries({ queryKey: queryKeys.job(jobId) });
      void client.invalidateQueries({ queryKey: queryKeys.jobs });
    };
    source.addEventListener('open', () => setLost(false));
    source.addEventListener('job', (event: MessageEvent<string>) => {
      const told = parseJobEvent(event.data);
      if (told === null) return;
      client.setQueryData<Job>(queryKeys.job(jobId), (job) => (job === undefined ? job : applyJobEvent(job, told)));
      // The log, the summary and the expiry come with the whole job only. Not left to the event `end`: the page stops
      // listening as soon as it knows that the job has ended.
      if (hasEnded(told.job_status)) reload();
    });
    source.addEventListener('end', () => source.close());
    source.addEventListener('error', () => {
      // The browser reconnects by itself unless the answer was no event stream at all.
      if (source.readyState !== EventSource.CLOSED) return;
      setLost(true);
      reload();
    });
    return () => source.close();
  }, [client, follow, jobId]);
  return follow && lost;
}

/** Events may overtake an answer that was read later, so a job never goes back from an ended state. */
export function applyJobEvent(job: Job, told: JobEvent): Job {
  if (job.completed_at !== null && told.completed_at === null) return job;
  return { ...job, ...told };
}

/** Null for anything that is not a job event. */
export function parseJobEvent(data: string): JobEvent | null {
  let event: unknown;
  try {
    event = JSON.parse(data);
  } catch {
    return null;
  }
  if (typeof event !== 'object' || event === null) return null;
  if (!('job_id' in event) || !('job_status' in event) || !('progress' in event)) return null;
  // The gateway makes the event from the schema that JobEvent is inferred from.
  return event as JobEvent;
}
