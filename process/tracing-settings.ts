// The settings of tracing, as OpenTelemetry names them. Without an endpoint or an exporter nothing is traced.

import { z } from 'zod';
import { BadSettings, flag, wholeNumber } from './settings.ts';

const address = z.url({ protocol: /^https?$/ });

/** `key=value,key=value`, with values percent-encoded, as in W3C baggage. */
const pairs = z.string().transform((text, context): Record<string, string> => {
  const entries = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map((entry) => /^([^=\s]+)\s*=\s*(.*)$/.exec(entry));
  const read: Record<string, string> = {};
  for (const entry of entries) {
    const [, key, value] = entry ?? [];
    const decoded = value === undefined ? undefined : decode(value);
    if (key === undefined || decoded === undefined) {
      context.addIssue({ code: 'custom', message: 'must be a list of key=value' });
      return z.NEVER;
    }
    read[key] = decoded;
  }
  return read;
});

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

const PROTOCOLS = ['http/protobuf', 'http/json'] as const;

export const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

export const tracingSettings = {
  OTEL_SDK_DISABLED: flag.default(false),
  OTEL_TRACES_EXPORTER: z.enum(['otlp', 'console', 'none']).optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: address.optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: address.optional(),
  OTEL_EXPORTER_OTLP_PROTOCOL: z.enum(PROTOCOLS).optional(),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: z.enum(PROTOCOLS).optional(),
  OTEL_EXPORTER_OTLP_HEADERS: pairs.optional(),
  OTEL_EXPORTER_OTLP_TIMEOUT: wholeNumber(1, 60_000).default(10_000),
  OTEL_SERVICE_NAME: z.string().min(1).optional(),
  OTEL_RESOURCE_ATTRIBUTES: pairs.optional(),
  OTEL_TRACES_SAMPLER: z.enum(SAMPLERS).default('parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: z
    .string()
    .regex(/^(0(\.\d+)?|1(\.0+)?)$/, 'must be a share from 0 to 1')
    .transform(Number)
    .optional(),
} as const;

/** Of a process that takes requests. */
export const requestTracingSettings = {
  ...tracingSettings,
  /** Whether a request continues the trace that its caller names. */
  TRACE_ACCEPT_PARENT: flag.default(false),
} as const;

export type TracingSettings = z.infer<z.ZodObject<typeof tracingSettings>>;

/** Where spans go: undefined when nothing is traced. */
export type SpanDestination = { kind: 'console' } | { kind: 'otlp'; url: string; protocol: (typeof PROTOCOLS)[number] };

/** @throws BadSettings when the sampler and its argument do not fit together */
export function spanDestination(settings: TracingSettings): SpanDestination | undefined {
  refuseUnusedSamplerArg(settings);
  const { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: own, OTEL_EXPORTER_OTLP_ENDPOINT: shared } = settings;
  const exporter = settings.OTEL_TRACES_EXPORTER ?? ((own ?? shared) ? 'otlp' : 'none');
  if (settings.OTEL_SDK_DISABLED || exporter === 'none') return undefined;
  if (exporter === 'console') return { kind: 'console' };
  return {
    kind: 'otlp',
    url: own ?? `${(shared ?? 'http://localhost:4318').replace(/\/+$/, '')}/v1/traces`,
    protocol: settings.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ?? settings.OTEL_EXPORTER_OTLP_PROTOCOL ?? 'http/protobuf',
  };
}

function refuseUnusedSamplerArg({ OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: share }: TracingSettings) {
  if (share === undefined || sampler.endsWith('traceidratio')) return;
  throw new BadSettings(
    `OTEL_TRACES_SAMPLER_ARG is a share for the samplers …traceidratio, and means nothing to ${sampler}`,
  );
}
