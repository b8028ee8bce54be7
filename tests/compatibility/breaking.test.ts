// The comparison of OpenAPI documents: every way to break a client is caught and named by its place; adding is none.

import { expect, it } from 'vitest';
import { breaksOf, type ApiDocument } from './breaking.ts';
import type { Schema } from './breaking-schemas.ts';

const jsonOf = (schema: Schema) => ({ content: { 'application/json': { schema } } });

/** A document anew at each call, for the cases to change. */
function document() {
  return {
    paths: {
      '/jobs': {
        get: {
          parameters: [{ name: 'limit', in: 'query', required: false, schema: { type: 'integer', maximum: 200 } }],
          security: [{ session: [] }, { token: [] }] as Record<string, string[]>[],
          responses: {
            '200': jsonOf({
              type: 'object',
              required: ['jobs'],
              properties: { jobs: { type: 'array', items: { $ref: '#/components/schemas/Job' } } },
            }),
            '429': jsonOf({ type: 'object' }),
          },
        },
        post: {
          security: [] as Record<string, string[]>[],
          requestBody: {
            required: true,
            ...jsonOf({
              type: 'object',
              required: ['input'],
              properties: {
                input: { type: 'string', maxLength: 100 },
                mode: { type: 'string', enum: ['auto', 'local'] },
                size: { type: 'number' },
              },
              additionalProperties: false,
            }),
          },
          responses: { '201': jsonOf({ type: 'object', properties: { id: { type: 'string', format: 'uuid' } } }) },
        },
      },
    },
    components: {
      schemas: {
        Job: {
          type: 'object',
          required: ['id', 'state'],
          properties: {
            id: { type: 'string' },
            state: { type: 'string', enum: ['RUNNING', 'DONE'] },
            size: { type: ['number', 'null'] },
            owner: {
              anyOf: [
                { type: 'string', const: 'me' },
                { type: 'object', properties: { name: {} } },
              ],
            },
          },
        },
      },
    },
  } satisfies ApiDocument;
}
type Changed = ReturnType<typeof document>;

/** Sets or removes what a dotted path of keys names. */
function change(at: string, value?: unknown) {
  return (changed: Changed) => {
    const keys = at.split(' ');
    const last = keys.pop() ?? '';
    // Walked by names that the cases below give.
    let parent = changed as unknown as Record<string, unknown>;
    for (const key of keys) parent = parent[key] as Record<string, unknown>;
    if (value === undefined) delete parent[last];
    else parent[last] = value;
  };
}
const JOB = 'components schemas Job';
const BODY = 'paths /jobs post requestBody content application/json schema';

it.for([
  ['a path', change('paths /jobs'), ['GET /jobs: is gone', 'POST /jobs: is gone']],
  ['a method', change('paths /jobs post'), ['POST /jobs: is gone']],
  ['a status', change('paths /jobs get responses 429'), ['GET /jobs: 429: is gone']],
  ['a media type', change('paths /jobs get responses 429 content'), ['GET /jobs: 429: application/json is gone']],
  ['a field of an answer', change(`${JOB} properties id`), ['GET /jobs: 200.jobs[].id: is gone']],
  [
    'a field that may be missing',
    change(`${JOB} required`, ['id']),
    ['GET /jobs: 200.jobs[].state: may now be missing'],
  ],
  [
    'another type of an answer',
    change(`${JOB} properties id`, { type: 'integer' }),
    ['GET /jobs: 200.jobs[].id: was string, is integer'],
  ],
  [
    'null in an answer',
    change(`${JOB} properties id`, { type: ['string', 'null'] }),
    ['GET /jobs: 200.jobs[].id: may now be "null", which it was not'],
  ],
  [
    'a new value of an answer',
    change(`${JOB} properties state enum`, ['RUNNING', 'DONE', 'HELD']),
    ['GET /jobs: 200.jobs[].state: may now be "HELD"'],
  ],
  [
    'any value of an answer',
    change(`${JOB} properties state enum`),
    ['GET /jobs: 200.jobs[].state: may now be anything'],
  ],
  [
    'a new alternative of an answer',
    change(`${JOB} properties owner anyOf`, [{ type: 'string', const: 'me' }, { type: 'boolean' }]),
    ['GET /jobs: 200.jobs[].owner: may now be "boolean", which it was not'],
  ],
  [
    'another format of an answer',
    change('paths /jobs post responses 201 content application/json schema properties id', { type: 'string' }),
    ['POST /jobs: 201.id: its format was uuid, is free'],
  ],
  [
    'a new required field',
    change(`${BODY} required`, ['input', 'mode']),
    ['POST /jobs: request.mode: is now required'],
  ],
  ['a field no longer taken', change(`${BODY} properties mode`), ['POST /jobs: request.mode: is gone']],
  [
    'a value no longer taken',
    change(`${BODY} properties mode enum`, ['auto']),
    ['POST /jobs: request.mode: "local" is no longer taken'],
  ],
  [
    'values where any was taken',
    change(`${BODY} properties input enum`, ['a']),
    ['POST /jobs: request.input: takes only "a" now'],
  ],
  [
    'a tighter bound',
    change(`${BODY} properties input maxLength`, 50),
    ['POST /jobs: request.input: its maxLength was 100, is 50'],
  ],
  [
    'a narrower type of a request',
    change(`${BODY} properties size type`, 'integer'),
    ['POST /jobs: request.size: was number, is integer'],
  ],
  [
    'a new required parameter',
    change('paths /jobs get parameters 1', { name: 'plan', in: 'query', required: true, schema: {} }),
    ['GET /jobs: query.plan: is now required'],
  ],
  [
    'a parameter no longer taken',
    change('paths /jobs get parameters', []),
    ['GET /jobs: query.limit: is no longer taken'],
  ],
  [
    'a way to sign in',
    change('paths /jobs get security', [{ session: [] }]),
    ['GET /jobs: security: token no longer does'],
  ],
  [
    'a sign-in where none was needed',
    change('paths /jobs post security', [{ token: [] }]),
    ['POST /jobs: security: who calls must now say who it is'],
  ],
] as const)('catches %s', ([, alter, breaks]) => {
  const after = document();
  alter(after);
  expect(breaksOf(document(), after)).toEqual(breaks);
});

it('lets pass what only adds', () => {
  const after = document();
  change('paths /lanes', { get: { responses: {} } })(after);
  change('paths /jobs get parameters 1', { name: 'plan', in: 'query', schema: { type: 'string' } })(after);
  change('paths /jobs get responses 503', jsonOf({ type: 'object' }))(after);
  change(`${JOB} properties lane`, { type: 'string' })(after);
  change(`${JOB} required`, ['id', 'state', 'lane'])(after);
  change(`${JOB} properties size`, { type: 'integer' })(after);
  change(`${BODY} properties lane`, { type: 'string' })(after);
  change(`${BODY} properties mode enum`, ['auto', 'local', 'haplotype'])(after);
  change(`${BODY} properties input`, { type: ['string', 'null'], maxLength: 200 })(after);
  expect(breaksOf(document(), after)).toEqual([]);
});

it('lets new values come where they are said to come', () => {
  const after = document();
  change(`${JOB} properties state enum`, ['RUNNING', 'DONE', 'HELD'])(after);
  expect(breaksOf(document(), after, [/\.jobs\[\]\.state$/])).toEqual([]);
  expect(breaksOf(document(), after, [/\.jobs\[\]\.id$/])).toHaveLength(1);
});
