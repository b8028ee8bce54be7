// Stripe's request encoding, as the `stripe` package and others write it.
import { expect, test } from 'vitest';
import { z } from 'zod';
import { decodeForm, integer, mergeMetadata, readParameters, text } from './form.ts';
import { addMonths } from './subscription-states.ts';

test('brackets are objects and lists, however deep', () => {
  expect(decodeForm('a=1&b[c]=2&b[d][0][e]=3&b[d][1][e]=4&f[]=5&f[]=6&g=%C3%A4%20%26')).toEqual({
    a: '1',
    b: { c: '2', d: [{ e: '3' }, { e: '4' }] },
    f: ['5', '6'],
    g: 'ä &',
  });
  expect(decodeForm('')).toEqual({});
  expect(decodeForm('l[1]=b&l[0]=a')).toEqual({ l: ['a', 'b'] });
  expect(() => decodeForm('a[=1')).toThrow('Invalid parameter name');
  expect(decodeForm('__proto__[x]=1')).not.toHaveProperty('x');
});

test('what is unknown, missing or wrong is named as Stripe names it', () => {
  const schema = z.strictObject({ items: z.array(z.strictObject({ price: text, quantity: integer.optional() })) });
  const refusal = (encoded: string) => {
    try {
      readParameters(schema, decodeForm(encoded));
    } catch (error) {
      return error;
    }
    throw new Error('it was accepted');
  };
  expect(refusal('items[0][price]=p&x=1')).toMatchObject({ details: { code: 'parameter_unknown', param: 'x' } });
  expect(refusal('items[0][quantity]=1')).toMatchObject({
    details: { code: 'parameter_missing', param: 'items[0][price]' },
  });
  expect(refusal('items[0][price]=p&items[0][quantity]=two')).toMatchObject({
    status: 400,
    details: { type: 'invalid_request_error', param: 'items[0][quantity]' },
  });
});

test('metadata is merged, and emptied by empty values', () => {
  expect(mergeMetadata({ a: '1', b: '2' }, { b: '', c: '3' })).toEqual({ a: '1', c: '3' });
  expect(mergeMetadata({ a: '1' }, null)).toEqual({});
  expect(mergeMetadata({ a: '1' }, undefined)).toEqual({ a: '1' });
});

test('a month after the 31st is the last day, and the 31st again where there is one', () => {
  const at = (date: string) => Date.parse(`${date}T10:30:00Z`) / 1000;
  const anchor = at('2027-01-31');
  expect(addMonths(anchor, anchor, 1)).toBe(at('2027-02-28'));
  expect(addMonths(anchor, at('2027-02-28'), 1)).toBe(at('2027-03-31'));
  expect(addMonths(anchor, at('2027-12-31'), 1)).toBe(at('2028-01-31'));
});
