// What of a new OpenAPI document would break a client that was written for an older one: something that it sends is no
// longer taken, or something that it reads is no longer there, or no longer what it was.

import { schemaBreaks, type Schema } from './breaking-schemas.ts';

interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  schema?: Schema;
}

type Content = Record<string, { schema?: Schema }>;

interface Operation {
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content?: Content };
  responses?: Record<string, { content?: Content }>;
  /** Alternatives; empty: anyone may call. */
  security?: Record<string, string[]>[];
}

/** As much of an OpenAPI 3.1 document as is compared. */
export interface ApiDocument {
  paths: Record<string, Record<string, Operation>>;
  components?: { schemas?: Record<string, Schema> };
}

/**
 * The breaks, each with the place that it is at: `POST /annotations: request.genome: is now required`. What is answered
 * at a place that one of `open` matches may take values that it did not take before.
 */
export function breaksOf(before: ApiDocument, after: ApiDocument, open: readonly RegExp[] = []): string[] {
  const documents = { before: before.components?.schemas ?? {}, after: after.components?.schemas ?? {}, open };
  const breaks: string[] = [];
  for (const [path, operations] of Object.entries(before.paths)) {
    for (const [method, old] of Object.entries(operations)) {
      const place = `${method.toUpperCase()} ${path}`;
      const now = after.paths[path]?.[method];
      if (!now) breaks.push(`${place}: is gone`);
      else breaks.push(...operationBreaks(old, now, documents).map((one) => `${place}: ${one}`));
    }
  }
  return breaks;
}

type Documents = Parameters<typeof schemaBreaks>[2]['documents'];

function operationBreaks(old: Operation, now: Operation, documents: Documents): string[] {
  return [
    ...parameterBreaks(old.parameters ?? [], now.parameters ?? [], documents),
    ...bodyBreaks(old, now, documents),
    ...Object.entries(old.responses ?? {}).flatMap(([status, answer]) => {
      const answerNow = now.responses?.[status];
      if (!answerNow) return [`${status}: is gone`];
      return contentBreaks(answer.content ?? {}, answerNow.content ?? {}, status, 'response', documents);
    }),
    ...securityBreaks(old.security, now.security),
  ];
}

function parameterBreaks(old: Parameter[], now: Parameter[], documents: Documents): string[] {
  const place = (parameter: Parameter) => `${parameter.in}.${parameter.name}`;
  const find = (list: Parameter[], wanted: Parameter) => list.find((one) => place(one) === place(wanted));
  const added = now
    .filter((parameter) => parameter.required && !find(old, parameter)?.required)
    .map((parameter) => `${place(parameter)}: is now required`);
  return [
    ...added,
    ...old.flatMap((parameter) => {
      const later = find(now, parameter);
      if (!later) return [`${place(parameter)}: is no longer taken`];
      const at = { place: place(parameter), direction: 'request', documents } as const;
      return schemaBreaks(parameter.schema ?? {}, later.schema ?? {}, at);
    }),
  ];
}

function bodyBreaks({ requestBody: old }: Operation, { requestBody: now }: Operation, documents: Documents): string[] {
  const breaks = now?.required && !old?.required ? ['request: a body is now required'] : [];
  if (!old) return breaks;
  if (!now) return [...breaks, 'request: a body is no longer taken'];
  return [...breaks, ...contentBreaks(old.content ?? {}, now.content ?? {}, 'request', 'request', documents)];
}

function contentBreaks(
  old: Content,
  now: Content,
  place: string,
  direction: 'request' | 'response',
  documents: Documents,
): string[] {
  return Object.entries(old).flatMap(([type, { schema }]) => {
    const later = now[type];
    if (!later) return [`${place}: ${type} is gone`];
    return schemaBreaks(schema ?? {}, later.schema ?? {}, { place, direction, documents });
  });
}

/** Each way to prove who calls must still do; what anyone could call, anyone can. */
function securityBreaks(old: Operation['security'], now: Operation['security']): string[] {
  const names = (list: Operation['security']) => (list ?? []).map((way) => Object.keys(way).toSorted().join('+'));
  if (now === undefined || now.length === 0) return [];
  if (old?.length === 0) return ['security: who calls must now say who it is'];
  return names(old)
    .filter((way) => !names(now).includes(way))
    .map((way) => `security: ${way} no longer does`);
}
