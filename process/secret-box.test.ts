// Secrets at rest: what was sealed opens where it belongs, and nowhere else.

import { createSecretKey, randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { createSecretBox } from './secret-box.ts';

const key = () => createSecretKey(randomBytes(32));
const old = key();
const keys = { activeKeyId: 'k.2', keys: new Map([['k.1', old], ['k.2', key()]]) }; // prettier-ignore
const box = createSecretBox(keys, 'webhook secrets');

it('opens what it sealed, and never seals the same twice', () => {
  const [one, other] = [box.seal('whsec_ä', 'endpoint/1'), box.seal('whsec_ä', 'endpoint/1')];
  expect(one).not.toBe(other);
  expect(one).not.toContain('whsec');
  expect(box.open(one, 'endpoint/1')).toBe('whsec_ä');
  expect(box.open(other, 'endpoint/1')).toBe('whsec_ä');
});

it('opens what an earlier active key sealed', () => {
  const before = createSecretBox({ ...keys, activeKeyId: 'k.1' }, 'webhook secrets').seal('s', 'p');
  expect(before.startsWith('k.1.')).toBe(true);
  expect(box.open(before, 'p')).toBe('s');
});

it('opens nothing in another place, for another purpose, under another key, or that was altered', () => {
  const sealed = box.seal('s', 'endpoint/1');
  expect(() => box.open(sealed, 'endpoint/2')).toThrow('belongs elsewhere');
  expect(() => createSecretBox(keys, 'something else').open(sealed, 'endpoint/1')).toThrow('belongs elsewhere');
  const others = { activeKeyId: 'k.1', keys: new Map([['k.1', old]]) };
  expect(() => createSecretBox(others, 'webhook secrets').open(sealed, 'endpoint/1')).toThrow('"k.2"');
  const data = Buffer.from(sealed.slice('k.2.'.length), 'base64url');
  for (const at of [0, 12, data.length - 1]) {
    const altered = Buffer.from(data);
    altered[at] = (altered[at] ?? 0) ^ 1;
    expect(() => box.open(`k.2.${altered.toString('base64url')}`, 'endpoint/1')).toThrow('altered');
  }
  expect(() => box.open('k.2.AAAA', 'endpoint/1')).toThrow('too short');
});
