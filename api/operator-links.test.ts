// The links of operators: only to where the settings say, and with the job's own trace and history.

import { expect, it } from 'vitest';
import { BadSettings, parseSettings } from '../process/settings.ts';
import { operatorLinks, operatorLinkSettings } from './operator-links.ts';

const jobId = '6a6f2c1e-95c6-4c8f-a7b8-2f3d7c9be3b1';
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;
const read = (environment: Record<string, string | undefined>) => ({
  ...parseSettings(operatorLinkSettings, environment),
  TEMPORAL_NAMESPACE: 'lab one',
});

it('of a traced job, where both tools are named', () => {
  const settings = read({
    TRACE_URL_TEMPLATE: 'https://traces.lab.test/trace/{trace_id}?of={trace_id}',
    TEMPORAL_UI_URL: 'https://temporal.lab.test/',
  });
  expect(operatorLinks(settings, { jobId, traceparent })).toEqual({
    trace_id: traceId,
    links: {
      trace: `https://traces.lab.test/trace/${traceId}?of=${traceId}`,
      history: `https://temporal.lab.test/namespaces/lab%20one/workflows/annotation%2F${jobId}`,
    },
  });
  expect(Object.keys(operatorLinks(settings, { jobId, traceparent: null }).links ?? {})).toEqual(['history']);
});

it('where no tool is named, the trace alone; of a job that was not traced, nothing', () => {
  expect(operatorLinks(read({}), { jobId, traceparent })).toEqual({ trace_id: traceId });
  expect(operatorLinks(read({}), { jobId, traceparent: null })).toEqual({});
});

it.for([
  { TRACE_URL_TEMPLATE: 'https://traces.lab.test/' },
  { TRACE_URL_TEMPLATE: 'javascript:alert("{trace_id}")' },
  { TRACE_URL_TEMPLATE: '{trace_id}' },
  { TEMPORAL_UI_URL: 'temporal.lab.test' },
])('%o is refused', (environment) => {
  expect(() => read(environment)).toThrow(BadSettings);
});
