// An OpenAPI document with the schemas that it repeats in one place each, so that a record of it can be read and reviewed.

import type { ApiDocument } from './breaking.ts';
import type { Schema } from './breaking-schemas.ts';

/** Shorter ones are said faster than referred to. */
const WORTH_NAMING = 120;

export function compacted(document: ApiDocument): ApiDocument {
  const whole = structuredClone(document);
  const contents = Object.values(whole.paths)
    .flatMap((operations) => Object.values(operations))
    .flatMap(({ requestBody, responses }) => [
      requestBody?.content,
      ...Object.values(responses ?? {}).map((one) => one.content),
    ])
    .flatMap((content) => Object.values(content ?? {}));
  const seen = new Map<string, number>();
  for (const { schema } of contents) seen.set(JSON.stringify(schema), (seen.get(JSON.stringify(schema)) ?? 0) + 1);
  const names = new Map<string, string>();
  const schemas: Record<string, Schema> = { ...whole.components?.schemas };
  for (const content of contents) {
    const text = JSON.stringify(content.schema);
    if (!content.schema || text.length < WORTH_NAMING || (seen.get(text) ?? 0) < 2) continue;
    const name = names.get(text) ?? `Repeated${names.size + 1}`;
    names.set(text, name);
    schemas[name] = content.schema;
    content.schema = { $ref: `#/components/schemas/${name}` };
  }
  whole.components = { ...whole.components, schemas };
  return whole;
}
