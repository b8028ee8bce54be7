// The configuration of Fluent Bit, held to the log lines as the processes write them. Fluent Bit itself is run by
// tests/deployment/shipping.test.ts.

import { readFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { LOG_FIELDS } from '../../../process/log-fields.ts';
import { createLogger, withLogContext } from '../../../process/log.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

interface Section {
  type: string;
  /** In lower case: Fluent Bit does not tell them apart. */
  entries: [key: string, value: string][];
}

/** The classic form: sections in brackets, and below each a key and a value a line, all indented alike. */
function sectionsOf(text: string): Section[] {
  const sections: Section[] = [];
  for (const [at, line] of text.split('\n').entries()) {
    if (line.trim() === '' || line.trimStart().startsWith('#')) continue;
    const type = /^\[([A-Z]+)\]$/.exec(line)?.[1];
    const [, key, value] = /^ {4}(\S+) +(\S.*)$/.exec(line) ?? [];
    if (type !== undefined) sections.push({ type, entries: [] });
    else if (key !== undefined && value !== undefined) sections.at(-1)?.entries.push([key.toLowerCase(), value]);
    else throw new Error(`line ${at + 1} is neither a section nor an entry: ${line}`);
  }
  return sections;
}

const configuration = sectionsOf(read('fluent-bit.conf'));
const parsers = sectionsOf(read('parsers.conf'));
const valuesOf = (sections: Section[], key: string) =>
  sections.flatMap(({ entries }) => entries.filter(([name]) => name === key).map(([, value]) => value));
const ofType = (type: string) => configuration.filter((section) => section.type === type);

it('takes lines in, leaves out what is none, and sends them: over TLS, with a password, again and again', () => {
  const kinds = configuration.map(({ type, entries }) => [type, valuesOf([{ type, entries }], 'name')[0]]);
  expect(kinds).toEqual([
    ['SERVICE', undefined],
    ['INPUT', 'tail'],
    ['FILTER', 'parser'],
    ['FILTER', 'grep'],
    ['FILTER', 'record_modifier'],
    ['OUTPUT', 'es'],
  ]);
  expect(Object.fromEntries(ofType('OUTPUT')[0]?.entries ?? [])).toMatchObject({
    tls: 'on',
    'tls.verify': 'on',
    http_passwd: '${ELASTICSEARCH_PASSWORD}',
    logstash_format: 'on',
    retry_limit: 'no_limits',
  });
  expect(Object.fromEntries(ofType('INPUT')[0]?.entries ?? [])).toMatchObject({ 'storage.type': 'filesystem' });
});

it('every filter and output is for the tag of the input, and every parser is there', () => {
  expect(valuesOf(ofType('INPUT'), 'tag')).toEqual(['varloom.*']);
  const matches = valuesOf([...ofType('FILTER'), ...ofType('OUTPUT')], 'match');
  expect(matches).toEqual(Array.from({ length: 4 }, () => 'varloom.*'));
  expect(valuesOf(ofType('SERVICE'), 'parsers_file')).toEqual(['parsers.conf']);
  expect(valuesOf(parsers, 'name')).toEqual(valuesOf(ofType('FILTER'), 'parser'));
});

it('the list of fields is the one of the processes', () => {
  const listed = valuesOf(ofType('FILTER'), 'allowlist_key');
  expect(listed.toSorted()).toEqual(['level', 'msg', ...LOG_FIELDS].toSorted());
});

it('no secret is in it, and every variable is described', () => {
  const variables = new Set(read('fluent-bit.conf').match(/(?<=\$\{)\w+(?=\})/g));
  const guide = read('../../../docs/logs.md');
  expect(variables.size).toBeGreaterThan(5);
  for (const variable of variables) expect(guide).toContain(`\`${variable}\``);
  expect(valuesOf(configuration, 'http_passwd').every((value) => value.startsWith('${'))).toBe(true);
});

it('a line of a process is read by the parser, and passes', () => {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  const logger = createLogger('worker-orchestration+io', 'info', destination);
  withLogContext({ requestId: 'r-1' }, () => logger.error({ err: new Error('failed') }, 'request failed'));
  expect(lines).toHaveLength(1);
  const [line] = lines.map((text): Record<string, unknown> => JSON.parse(text));
  const fields = Object.fromEntries(parsers[0]?.entries ?? []);
  const { [fields['time_key'] ?? '']: time, ...rest } = line ?? {};
  // %L is the fraction of a second.
  expect(fields['time_format']).toBe('%Y-%m-%dT%H:%M:%S.%LZ');
  expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  const rules = valuesOf(ofType('FILTER'), 'regex').map((rule) => rule.split(' '));
  expect(rules.map(([field]) => field)).toEqual(['level', 'name']);
  for (const [field = '', pattern = ''] of rules) expect(rest[field]).toMatch(new RegExp(pattern));
  const listed = valuesOf(ofType('FILTER'), 'allowlist_key');
  expect(Object.keys(rest).filter((key) => !listed.includes(key))).toEqual([]);
});

it('the index template takes each field for one kind of value', () => {
  const template: { index_patterns: string[]; template: { mappings: { properties: Record<string, unknown> } } } =
    JSON.parse(read('index-template.json'));
  const [prefix] = valuesOf(ofType('OUTPUT'), 'logstash_prefix');
  expect(template.index_patterns).toEqual([`${prefix}-*`]);
  const known = ['@timestamp', 'msg', ...LOG_FIELDS];
  expect(Object.keys(template.template.mappings.properties).filter((name) => !known.includes(name))).toEqual([]);
});
