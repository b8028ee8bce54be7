// How a shown job follows its events, and when it is read again.

import { describe, expect, test } from 'vitest';
import type { Job } from '../api.ts';
import { refetchAfter } from '../queries.ts';
import { applyJobEvent, parseJobEvent } from './events.ts';

const now = Date.parse('2026-03-01T12:00:00Z');
const running: Job = {
  job_id: '11111111-1111-4111-8111-111111111111',
  job_status: 'RUNNING',
  input_file: 'in',
  file_name: 'a.vcf',
  genome: 'demo',
  consequence_mode: 'auto',
  progress: { phase: 'annotating', records: 10, percent: 20 },
  submitted_at: '2026-03-01T11:59:00Z',
  started_at: '2026-03-01T11:59:01Z',
  completed_at: null,
  result_state: null,
  log: null,
  summary: null,
};
const ended: Job = {
  ...running,
  job_status: 'COMPLETED',
  completed_at: '2026-03-01T12:00:00Z',
  result_state: 'live',
  log: 'the log',
};
const eventOf = (job: Job) => ({
  job_id: job.job_id,
  job_status: job.job_status,
  progress: job.progress,
  started_at: job.started_at,
  completed_at: job.completed_at,
  result_state: job.result_state,
});

describe('job events', () => {
  test('an event moves the job on and keeps what it does not tell', () => {
    const moved = applyJobEvent(running, {
      ...eventOf(running),
      progress: { phase: 'publishing', records: 50, percent: 100 },
    });
    expect(moved).toMatchObject({ file_name: 'a.vcf', progress: { phase: 'publishing', records: 50, percent: 100 } });
  });

  test('a late event does not bring an ended job back to life', () => {
    expect(applyJobEvent(ended, eventOf(running))).toBe(ended);
  });

  test.each(['', 'null', '{}', '[1]', '{"job_id":"x"}'])('%j is no job event', (data) => {
    expect(parseJobEvent(data)).toBeNull();
  });

  test('a job event is read', () => {
    expect(parseJobEvent(JSON.stringify(eventOf(ended)))).toEqual(eventOf(ended));
  });
});

describe('refetchAfter', () => {
  test('a running job is asked for only while its events are lost', () => {
    expect(refetchAfter(running, false, now)).toBe(false);
    expect(refetchAfter(running, true, now)).toBe(4_000);
  });

  test('a live result is looked at when it expires, and once a minute before', () => {
    const expiring = (at: string) => refetchAfter({ ...ended, result_expires_at: at }, false, now);
    expect(expiring('2026-03-01T12:00:10Z')).toBe(11_000);
    expect(expiring('2026-03-01T13:00:00Z')).toBe(60_000);
    expect(expiring('2026-03-01T11:00:00Z')).toBe(2_000);
  });

  test('a result that moves is followed, one that rests is not', () => {
    expect(refetchAfter({ ...ended, result_state: 'restoring' }, false, now)).toBe(5_000);
    expect(refetchAfter({ ...ended, result_state: 'archived' }, false, now)).toBe(false);
    const failed: Job = { ...ended, result_state: 'archived', restore: { state: 'failed' } };
    expect(refetchAfter(failed, false, now)).toBe(10_000);
    expect(refetchAfter(ended, false, now)).toBe(false);
  });
});
