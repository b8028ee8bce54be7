// Tracing of a process: what leaves it, where to, and that whoever receives it cannot disturb the work.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { context, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { ExportResultCode } from '@opentelemetry/core';
import { afterEach, describe, expect, it } from 'vitest';
import { collectSpans } from '../tests/support/collected-spans.ts';
import { startSpanReceiver } from '../tests/support/span-receiver.ts';
import { createLogger, type Logger } from './log.ts';
import { BadSettings, parseSettings } from './settings.ts';
import { activeTraceparent, inSpan } from './spans.ts';
import { startTracing, traceWith } from './tracing.ts';
import { spanDestination, tracingSettings } from './tracing-settings.ts';

const PRIVATE = 'Jane Roe, JR-1984.vcf';
const read = (environment: Record<string, string>) => parseSettings(tracingSettings, environment);

afterEach(() => {
  // Each test traces in its own way; tracing belongs to the process.
  trace.disable();
  context.disable();
  propagation.disable();
});

describe('where spans go', () => {
  it.for([
    [{}, undefined],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: '' }, undefined],
    [{ OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }, undefined],
    [{ OTEL_SDK_DISABLED: 'true', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }, undefined],
    [{ OTEL_TRACES_EXPORTER: 'console' }, { kind: 'console' }],
    [
      { OTEL_TRACES_EXPORTER: 'otlp' },
      { kind: 'otlp', url: 'http://localhost:4318/v1/traces', protocol: 'http/protobuf' },
    ],
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector:4318/base/', OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' },
      { kind: 'otlp', url: 'https://collector:4318/base/v1/traces', protocol: 'http/json' },
    ],
    [
      { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces/in', OTEL_EXPORTER_OTLP_ENDPOINT: 'https://other' },
      { kind: 'otlp', url: 'https://traces/in', protocol: 'http/protobuf' },
    ],
  ] as const)('%o: %o', ([environment, destination]) => {
    expect(spanDestination(read(environment))).toEqual(destination);
  });

  it.for([
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' },
    { OTEL_TRACES_EXPORTER: 'zipkin' },
    { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
    { OTEL_EXPORTER_OTLP_HEADERS: 'secret' },
    { OTEL_RESOURCE_ATTRIBUTES: 'a=%zz' },
    { OTEL_TRACES_SAMPLER: 'sometimes' },
    { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '10%' },
    { OTEL_TRACES_SAMPLER_ARG: '0.1' },
  ])('%o is refused, and its value not repeated', (environment) => {
    const refused = () => spanDestination(read(environment));
    expect(refused).toThrow(BadSettings);
    expect(refused).toThrow(Object.keys(environment)[0]);
    expect(refused).not.toThrow('secret');
  });

  it('headers and attributes are lists of key=value', () => {
    const settings = read({
      OTEL_EXPORTER_OTLP_HEADERS: 'api-key=a%20b==, x=',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment=lab one',
    });
    expect(settings.OTEL_EXPORTER_OTLP_HEADERS).toEqual({ 'api-key': 'a b==', x: '' });
    expect(settings.OTEL_RESOURCE_ATTRIBUTES).toEqual({ 'deployment.environment': 'lab one' });
  });
});

describe('what leaves the process', () => {
  it('is on the list: no message, no event, no state of the caller, no unknown attribute', async () => {
    const { within, spans } = collectSpans();
    const state = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', tracestate: 'p=jane' };
    await context.with(propagation.extract(ROOT_CONTEXT, state), () =>
      within('request', async (span) => {
        span.setAttributes({ 'http.route': '/me', 'user.email': PRIVATE, 'server.address': 'x'.repeat(1000) });
        span.addEvent(PRIVATE);
        span.setStatus({ code: 2, message: PRIVATE });
        await inSpan({ name: 'Mail send', attributes: { to: PRIVATE } }, async () => {
          throw new TypeError(PRIVATE);
        }).catch(() => {});
      }),
    );
    const [mail, request] = await spans();
    expect(JSON.stringify([mail, request])).not.toMatch(/Jane|jane/);
    expect(mail?.attributes).toEqual({ 'error.type': 'TypeError' });
    expect(mail?.parentSpanId).toBe(request?.spanContext().spanId);
    expect(request?.attributes).toEqual({ 'http.route': '/me', 'server.address': 'x'.repeat(200) });
    expect(request?.spanContext()).toEqual({
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      spanId: expect.any(String),
      traceFlags: 1,
    });
  });

  it('is nothing of a call that belongs to no request, and of a trace that the caller does not want', async () => {
    const { within, spans } = collectSpans();
    await inSpan({ name: 'Postgres write', attributes: {} }, async (span) => expect(span).toBeUndefined());
    const unwanted = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00' };
    await context.with(propagation.extract(ROOT_CONTEXT, unwanted), () =>
      within('request', async () => {
        expect(activeTraceparent()).toBeUndefined();
        await inSpan({ name: 'Postgres write', attributes: {} }, async (span) => expect(span).toBeUndefined());
      }),
    );
    expect(await spans()).toEqual([]);
  });

  it('goes to the receiver with its headers, also what is left at the end', async () => {
    const receiver = await startSpanReceiver();
    const settings = read({ ...receiver.env, OTEL_SERVICE_NAME: 'my-lab', OTEL_RESOURCE_ATTRIBUTES: 'site=north' });
    const tracing = startTracing('varloom-test', settings, createLogger('test', 'silent'));
    trace.getTracer('test').startSpan('last').end();
    await tracing?.stop();
    expect(receiver.spans()).toEqual([expect.objectContaining({ name: 'last', service: 'my-lab' })]);
    expect(receiver.raw()).toContain('"site"');
    await receiver.close();
  });
});

describe('a receiver that is away', () => {
  function loggedTo(lines: string[]): Logger {
    const write = (chunk: Buffer, _encoding: string, done: () => void) => {
      lines.push(chunk.toString());
      done();
    };
    return createLogger('test', 'info', new Writable({ write }));
  }

  it('is one line in the log, without a word of its own', async () => {
    const lines: string[] = [];
    let refused = 0;
    const refusing = {
      export(_spans: unknown, done: (result: { code: ExportResultCode; error: Error }) => void) {
        refused += 1;
        done({ code: ExportResultCode.FAILED, error: Object.assign(new Error(PRIVATE), { code: 503 }) });
      },
      shutdown: async () => {},
    };
    const tracing = traceWith(refusing, 'test', read({}), loggedTo(lines));
    // More than is sent at once.
    for (let n = 0; n < 1_100; n += 1) trace.getTracer('test').startSpan('lost').end();
    await expect.poll(() => refused).toBeGreaterThan(1);
    await tracing.stop();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('"reason":"503"');
    expect(lines[0]).not.toContain('Jane');
  });

  it('and hangs: work goes on, and the end is not kept waiting for more than three seconds', async () => {
    const server = createServer(() => {});
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    // A server that listens on a port has an address of this form.
    const { port } = server.address() as AddressInfo;
    const settings = read({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` });
    const tracing = startTracing('test', settings, createLogger('test', 'silent'));
    for (let n = 0; n < 10_000; n += 1) trace.getTracer('test').startSpan('lost').end();
    const startedAt = performance.now();
    await tracing?.stop();
    expect(performance.now() - startedAt).toBeLessThan(8_000);
    server.closeAllConnections();
    server.close();
  });
});
