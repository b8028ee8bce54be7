import { expect, it } from 'vitest';
import { csvLine } from './csv.ts';

it('quotes what would end a cell or a line, and doubles quotes', () => {
  expect(csvLine(['a', 1, '{"b": "c"}', 'd,e', 'f\r\ng', ''])).toBe('a,1,"{""b"": ""c""}","d,e","f\r\ng",\r\n');
});

it.for(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1'])('does not let %j be calculated', (text) => {
  expect(csvLine([text]).replace(/^"/, '').startsWith(`'${text}`)).toBe(true);
});

it('leaves numbers and what only contains such a sign alone', () => {
  expect(csvLine([-1, 'a=1', '1-1'])).toBe('-1,a=1,1-1\r\n');
});
