// What of a changed JSON Schema breaks a client: in a request, whatever was taken must still be; in a response, whatever
// comes must be of what came before.

export interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  format?: string;
  pattern?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  [bound: string]: unknown;
}

export interface At {
  /** Where in the operation: `200.jobs[].job_status`. */
  place: string;
  direction: 'request' | 'response';
  documents: {
    before: Record<string, Schema>;
    after: Record<string, Schema>;
    /** Places of responses where values may come that did not come before. */
    open: readonly RegExp[];
  };
}

const LOWER_BOUNDS = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'];
const UPPER_BOUNDS = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'];

/** Each break with its place. */
export function schemaBreaks(before: Schema, after: Schema, at: At): string[] {
  const old = variantsOf(before, at.documents.before);
  const now = variantsOf(after, at.documents.after);
  const [onlyOld, onlyNow] = [old[0], now[0]];
  if (onlyOld && onlyNow && old.length === 1 && now.length === 1) return variantBreaks(onlyOld, onlyNow, at);
  if (at.direction === 'request') {
    const refused = old.filter((one) => !now.some((other) => variantBreaks(one, other, at).length === 0));
    return refused.map((one) => `${at.place}: ${described(one)} is no longer taken as it was`);
  }
  if (at.documents.open.some((place) => place.test(at.place))) return [];
  const unknown = now.filter((one) => !old.some((other) => variantBreaks(other, one, at).length === 0));
  return unknown.map((one) => `${at.place}: may now be ${described(one)}, which it was not`);
}

const described = ({ type, const: value, enum: values, properties }: Schema): string =>
  JSON.stringify(value ?? values ?? (properties ? Object.keys(properties) : (type ?? 'anything')));

/** The alternatives, references followed, one type each: `["string", "null"]` is two. */
function variantsOf(schema: Schema, components: Record<string, Schema>): Schema[] {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.replace('#/components/schemas/', '');
    const target = components[name];
    if (!target) throw new Error(`${schema.$ref} is not there`);
    return variantsOf(target, components);
  }
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives) return alternatives.flatMap((one) => variantsOf(one, components));
  if (schema.allOf) {
    // One after the other: what each says of a property holds.
    return [
      schema.allOf
        .flatMap((one) => variantsOf(one, components))
        .reduce<Schema>(
          (whole, part) => ({
            ...whole,
            ...part,
            properties: { ...whole.properties, ...part.properties },
            required: [...(whole.required ?? []), ...(part.required ?? [])],
          }),
          {},
        ),
    ];
  }
  if (Array.isArray(schema.type)) return schema.type.map((type) => ({ ...schema, type }));
  return [schema];
}

function variantBreaks(before: Schema, after: Schema, at: At): string[] {
  const [narrower, wider] = at.direction === 'request' ? [before, after] : [after, before];
  if (!isWithin(narrower.type, wider.type)) {
    return [`${at.place}: was ${String(before.type ?? 'anything')}, is ${String(after.type ?? 'anything')}`];
  }
  return [
    ...valueBreaks(before, after, at),
    ...boundBreaks(before, after, at),
    ...propertyBreaks(before, after, at),
    ...(before.items && after.items ? schemaBreaks(before.items, after.items, { ...at, place: `${at.place}[]` }) : []),
  ];
}

const isWithin = (narrow: Schema['type'], wide: Schema['type']): boolean =>
  wide === undefined || narrow === wide || (narrow === 'integer' && wide === 'number');

function valueBreaks(before: Schema, after: Schema, { place, direction, documents }: At): string[] {
  const valuesOf = (schema: Schema) =>
    (schema.const === undefined ? schema.enum : [schema.const])?.map((value) => JSON.stringify(value));
  const [old, now] = [valuesOf(before), valuesOf(after)];
  if (direction === 'request') {
    if (!now) return [];
    if (!old) return [`${place}: takes only ${now.join(', ')} now`];
    return old.filter((value) => !now.includes(value)).map((value) => `${place}: ${value} is no longer taken`);
  }
  if (!old || documents.open.some((open) => open.test(place))) return [];
  if (!now) return [`${place}: may now be anything`];
  return now.filter((value) => !old.includes(value)).map((value) => `${place}: may now be ${value}`);
}

function boundBreaks(before: Schema, after: Schema, { place, direction }: At): string[] {
  const breaks: string[] = [];
  if (before.format !== after.format && (direction === 'response' ? before.format : after.format) !== undefined) {
    breaks.push(`${place}: its format was ${before.format ?? 'free'}, is ${after.format ?? 'free'}`);
  }
  if (direction === 'response') return breaks;
  // Within a format, the pattern only says the same again.
  if (after.pattern !== undefined && after.pattern !== before.pattern && after.format === undefined) {
    breaks.push(`${place}: must match another pattern`);
  }
  const number = (schema: Schema, bound: string) => (typeof schema[bound] === 'number' ? schema[bound] : undefined);
  for (const bound of [...LOWER_BOUNDS, ...UPPER_BOUNDS]) {
    const [old, now] = [number(before, bound), number(after, bound)];
    if (now === undefined || now === old) continue;
    const isNarrower = old === undefined || (LOWER_BOUNDS.includes(bound) ? now > old : now < old);
    if (isNarrower) breaks.push(`${place}: its ${bound} was ${old ?? 'none'}, is ${now}`);
  }
  return breaks;
}

function propertyBreaks(before: Schema, after: Schema, at: At): string[] {
  const { place, direction } = at;
  const breaks: string[] = [];
  const [required, requiredNow] = [before.required ?? [], after.required ?? []];
  if (direction === 'request') {
    for (const name of requiredNow) if (!required.includes(name)) breaks.push(`${place}.${name}: is now required`);
    if ((before.additionalProperties ?? true) !== false && after.additionalProperties === false) {
      breaks.push(`${place}: fields that it does not name are now refused`);
    }
  }
  for (const [name, schema] of Object.entries(before.properties ?? {})) {
    const now = after.properties?.[name];
    if (!now) breaks.push(`${place}.${name}: is gone`);
    else {
      if (direction === 'response' && required.includes(name) && !requiredNow.includes(name)) {
        breaks.push(`${place}.${name}: may now be missing`);
      }
      breaks.push(...schemaBreaks(schema, now, { ...at, place: `${place}.${name}` }));
    }
  }
  const [others, othersNow] = [before.additionalProperties, after.additionalProperties];
  if (typeof others === 'object' && typeof othersNow === 'object') {
    breaks.push(...schemaBreaks(others, othersNow, { ...at, place: `${place}.*` }));
  }
  return breaks;
}
