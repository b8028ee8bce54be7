// Errors in the log: of those that quote people, rows and bodies nothing of it is told, however deep they are.

import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { ApplicationFailure } from '@temporalio/common';
import { DrizzleQueryError } from 'drizzle-orm';
import { createTransport } from 'nodemailer';
import postgres from 'postgres';
import { expect, it } from 'vitest';
import { VarloomError } from '../domain/errors.ts';
import { createLogger } from './log.ts';
import { BadSettings } from './settings.ts';

const PRIVATE = 'jane@roe.example';
const FRAMES = expect.arrayContaining([expect.stringMatching(/log-errors\.test\.ts:\d+:\d+/)]) as unknown;

/** The line of an error, as text and read. */
function logged(error: unknown): { text: string; err: unknown } {
  let text = '';
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  createLogger('test', 'info', destination).warn({ error }, 'Activity failed');
  // A line of the log is an object.
  return { text, err: (JSON.parse(text) as Record<string, unknown>)['err'] };
}

async function thrownBy(work: () => unknown): Promise<Error> {
  try {
    await work();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new TypeError('it threw no error');
}

const noJson = () => thrownBy(() => JSON.parse(`{"patient":${PRIVATE}`));

/** As the driver throws what Postgres answers. */
const refusedRow = () =>
  Object.assign(new postgres.PostgresError(`invalid input syntax for type uuid: "${PRIVATE}"`), {
    code: '22P02',
    detail: `Key (email)=(${PRIVATE}) already exists.`,
    where: PRIVATE,
    query: 'insert into users',
    parameters: [PRIVATE],
  });

/** From a mail server that takes no mail for the address. */
async function bounce(): Promise<Error> {
  const server = createServer((socket) => {
    socket.write('220 mail.test\r\n');
    socket.on('data', (chunk) => {
      const isRecipient = chunk.toString().startsWith('RCPT');
      socket.write(isRecipient ? `550 5.1.1 <${PRIVATE}> is unknown\r\n` : '250 ok\r\n');
    });
    socket.on('error', () => socket.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on a port has an address of this form.
  const { port } = server.address() as AddressInfo;
  const transport = createTransport({ host: '127.0.0.1', port, secure: false, ignoreTLS: true });
  try {
    return await thrownBy(() => transport.sendMail({ from: 'lab@varloom.test', to: PRIVATE, text: 'x' }));
  } finally {
    transport.close();
    server.close();
  }
}

it('a mail that bounced', async () => {
  const error = await bounce();
  expect(error.message).toContain(PRIVATE);
  const { text, err } = logged(error);
  expect(text).not.toContain('jane');
  expect(err).toMatchObject({ type: 'Error', code: 'EENVELOPE' });
  expect(err).not.toHaveProperty('message');
});

it('a row that Postgres refused, with the query that it was of and without', () => {
  const direct = logged(refusedRow());
  const wrapped = logged(new DrizzleQueryError('insert into users values ($1)', [PRIVATE], refusedRow()));
  for (const { text } of [direct, wrapped]) expect(text).not.toMatch(/jane|insert/);
  expect(direct.err).toEqual({ type: 'PostgresError', code: '22P02', at: FRAMES });
  expect(wrapped.err).toMatchObject({ at: FRAMES, cause: { type: 'PostgresError', code: '22P02' } });
});

it('a body that is no JSON', async () => {
  const error = await noJson();
  expect(error.message).toContain('jan');
  const { text, err } = logged(error);
  expect(text).not.toMatch(/jan|patient/);
  expect(err).toEqual({ type: 'SyntaxError', at: FRAMES });
});

it('causes of causes, also of expected errors and of failures of activities', async () => {
  const inner = new Error(PRIVATE, { cause: new TypeError(PRIVATE, { cause: await noJson() }) });
  const expected = new VarloomError('unavailable', PRIVATE, undefined, { cause: inner });
  const failure = ApplicationFailure.fromError(expected, { type: 'unavailable', message: PRIVATE });
  for (const error of [expected, failure]) {
    const { text, err } = logged(error);
    expect(text).not.toMatch(/jan|patient/);
    expect(err).toMatchObject({ type: 'unavailable', at: FRAMES });
  }
  expect(logged(expected).err).toMatchObject({
    cause: { type: 'Error', cause: { type: 'TypeError', cause: { type: 'SyntaxError' } } },
  });
});

it('what is no word in the place of a name, a type or a code, and what only looks like a frame', () => {
  const message = `no\n    at ${PRIVATE} (of the line)\n    at Jane (file:///jane.vcf:1:2)`;
  const error = Object.assign(new Error(message), { name: PRIVATE, type: `a ${PRIVATE}`, code: { mail: PRIVATE } });
  const { text, err } = logged(error);
  expect(text).not.toMatch(/jane/i);
  expect(err).toEqual({ type: 'Error', at: FRAMES });
  expect(logged(PRIVATE).err).toEqual({ type: 'string' });
});

it('of the system, which call failed and how, and not of whom', async () => {
  const socket = connect({ host: '127.0.0.1', port: 1 });
  const refused = await new Promise<unknown>((resolve) => socket.once('error', resolve));
  expect(logged(refused).err).toMatchObject({ code: 'ECONNREFUSED', message: 'connect ECONNREFUSED' });
  const missing = Object.assign(new Error(`ENOENT: no such file, open '/${PRIVATE}'`), {
    code: 'ENOENT',
    syscall: 'open',
    path: PRIVATE,
  });
  const { text, err } = logged(missing);
  expect(text).not.toContain('jane');
  expect(err).toEqual({ type: 'Error', code: 'ENOENT', message: 'open ENOENT', at: FRAMES });
});

it('of settings, which and why: they name no value', () => {
  expect(logged(new BadSettings('PORT: must be a number')).err).toMatchObject({ message: 'PORT: must be a number' });
});
