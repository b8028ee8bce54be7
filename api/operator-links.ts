// Where operators look further: a job's trace, and its history in the Temporal UI.

import { z } from 'zod';
import type { JobRow } from '../db/jobs.ts';
import type { Job } from '../domain/http.ts';
import { jobId, workflowIds } from '../domain/ids.ts';

const PLACE = '{trace_id}';
const ANY_TRACE = '0'.repeat(32);

const isAddress = (text: string): boolean => /^https?:/.test(text) && URL.canParse(text);

export const operatorLinkSettings = {
  TRACE_URL_TEMPLATE: z
    .string()
    .refine((text) => text.includes(PLACE) && isAddress(text.replaceAll(PLACE, ANY_TRACE)), {
      error: `must be an http address that contains ${PLACE}`,
    })
    .optional(),
  TEMPORAL_UI_URL: z.url({ protocol: /^https?$/ }).optional(),
} as const;

export type OperatorLinkSettings = z.infer<z.ZodObject<typeof operatorLinkSettings>> & { TEMPORAL_NAMESPACE: string };

/** The trace of the request that submitted the job, where that was traced; links as far as settings say to where. */
export function operatorLinks(
  settings: OperatorLinkSettings,
  job: Pick<JobRow, 'jobId' | 'traceparent'>,
): Pick<Job, 'trace_id' | 'links'> {
  const { TRACE_URL_TEMPLATE: template, TEMPORAL_UI_URL: ui, TEMPORAL_NAMESPACE: namespace } = settings;
  const traceId = job.traceparent?.split('-')[1];
  const trace = traceId === undefined ? undefined : template?.replaceAll(PLACE, traceId);
  const workflow = encodeURIComponent(workflowIds.annotation(jobId(job.jobId)));
  const history = ui && `${ui.replace(/\/+$/, '')}/namespaces/${encodeURIComponent(namespace)}/workflows/${workflow}`;
  const links = { ...(trace ? { trace } : {}), ...(history ? { history } : {}) };
  return {
    ...(traceId === undefined ? {} : { trace_id: traceId }),
    ...(Object.keys(links).length > 0 ? { links } : {}),
  };
}
