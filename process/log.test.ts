// The log lines: what they say, and that nothing private gets into them by carelessness.

import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { VarloomError } from '../domain/errors.ts';
import { addToLogContext, createLogger, withLogContext } from './log.ts';

const PRIVATE = 'Jane Roe <jane@roe.example> JR-1984.vcf';

function logged(level = 'info') {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  const logger = createLogger('test', level, destination);
  return { logger, text: () => lines.join(''), lines: (): unknown[] => lines.map((line) => JSON.parse(line)) };
}

it('says when, how grave, what, and what is on the list, in one style', () => {
  const { logger, lines } = logged();
  logger.info({ jobId: 'j-1', records: 3, isNew: false, queues: ['io', 'engine'] }, 'annotated');
  expect(lines()).toEqual([
    {
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      name: 'test',
      pid: process.pid,
      hostname: expect.any(String),
      job_id: 'j-1',
      records: 3,
      is_new: false,
      queues: ['io', 'engine'],
      msg: 'annotated',
    },
  ]);
});

it('says for whom and for what work, also what became known half-way', async () => {
  const { logger, lines } = logged();
  await withLogContext({ requestId: 'r-1' }, async () => {
    await Promise.resolve();
    addToLogContext({ principalId: 'user:u-1' });
    withLogContext({ activity: 'mail.annotation.send' }, () => logger.info('inside'));
    logger.info('outside');
  });
  logger.info('after');
  expect(lines()).toEqual([
    expect.objectContaining({ request_id: 'r-1', principal_id: 'user:u-1', activity: 'mail.annotation.send' }),
    expect.objectContaining({ request_id: 'r-1', principal_id: 'user:u-1' }),
    expect.not.objectContaining({ request_id: 'r-1' }),
  ]);
});

it('lines of the Temporal SDK say the same in our words', () => {
  const { logger, lines } = logged();
  const info = { workflowId: 'annotation/j-1', runId: 'r', activityType: 'mail.annotation.send', activityId: '3' };
  const more = { attempt: 2, isLocal: false, taskQueue: 'io', namespace: 'default', sdkComponent: 'worker' };
  logger.warn({ ...info, ...more, workflowType: 'w', error: new TypeError('away') }, 'Activity failed');
  expect(lines()).toEqual([
    expect.objectContaining({
      workflow_id: 'annotation/j-1',
      run_id: 'r',
      activity: 'mail.annotation.send',
      attempt: 2,
      task_queue: 'io',
      err: expect.objectContaining({ type: 'TypeError', at: expect.any(Array) }),
    }),
  ]);
});

it.for([
  ['an unknown field', { fileName: PRIVATE }],
  ['a row', { job: { fileName: PRIVATE } }],
  ['a row under a name that is on the list', { reason: { text: PRIVATE } }],
  ['a list of rows', { removed: [{ name: PRIVATE }] }],
  ['headers', { headers: { authorization: PRIVATE } }],
  ['a name made of data', { [PRIVATE]: 1 }],
] as const)('%s is left out, and the code that logs it is told of', ([, fields]) => {
  const { logger, text, lines } = logged('debug');
  logger.info({ ...fields, jobId: 'j-1' }, 'done');
  logger.info({ ...fields, jobId: 'j-2' }, 'done');
  expect(text()).not.toMatch(/Jane|JR-1984/);
  expect(lines()).toEqual([
    expect.objectContaining({ level: 'debug', left_out: [expect.any(String)] }),
    expect.objectContaining({ job_id: 'j-1', msg: 'done' }),
    expect.objectContaining({ job_id: 'j-2', msg: 'done' }),
  ]);
});

it('what is left out of a child logger is left out of its lines', () => {
  const { logger, text } = logged();
  logger.child({ fileName: PRIVATE, jobId: 'j-1' }).info('done');
  expect(text()).not.toContain('Jane');
  expect(text()).toContain('"job_id":"j-1"');
});

it('values are not put into messages', () => {
  const { logger, text } = logged();
  logger.info('mail to %s', PRIVATE);
  logger.info({ jobId: 'j-1' }, 'mail to %s', PRIVATE);
  logger.error(new VarloomError('not_found', PRIVATE));
  expect(text()).not.toContain('Jane');
});
