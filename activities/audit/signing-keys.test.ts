// The file with the keys that sign checkpoints: what cannot sign or verify is refused at start, and no key is told.

import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { ensureAuditKeys, openHome } from '../../infra/local/home.ts';
import { readSigningKeys } from './signing-keys.ts';

const directory = mkdtempSync(join(tmpdir(), 'varloom-audit-keys-'));
afterAll(() => rmSync(directory, { recursive: true }));

const newHalves = () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return {
    public: publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
    private: privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
  };
};
const one = newHalves();
const other = newHalves();
const written = (content: unknown) => {
  const path = join(directory, randomUUID());
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
};

it('is made by the local stack, once', () => {
  const home = openHome(join(directory, 'home'));
  const keys = readSigningKeys(ensureAuditKeys(home));
  expect(keys.active?.keyId).toMatch(/^local-/);
  expect(readSigningKeys(ensureAuditKeys(home)).active?.keyId).toBe(keys.active?.keyId);
});

it('may hold public halves only, and those of keys that sign no more', () => {
  const rotated = readSigningKeys(written({ active: 'b', keys: { a: { public: one.public }, b: other } }));
  expect([rotated.active?.keyId, [...rotated.publicKeys.keys()]]).toEqual(['b', ['a', 'b']]);
  const auditor = readSigningKeys(written({ keys: { a: { public: one.public } } }));
  expect([auditor.active, [...auditor.publicKeys.keys()]]).toEqual([undefined, ['a']]);
});

it.for([
  ['is no JSON', '{', 'cannot be read as JSON'],
  ['is of another form', { active: 'a', keys: { a: one.private } }, 'not of the form'],
  ['lacks the active key', { active: 'b', keys: { a: one } }, 'the active key b is not among them'],
  ['has halves of two pairs', { active: 'a', keys: { a: { ...one, private: other.private } } }, 'not an Ed25519 pair'],
  ['has no key but other bytes', { active: 'a', keys: { a: { ...one, public: 'AAAA' } } }, 'not an Ed25519 pair'],
] as const)('is refused when it %s', ([, content, message]) => {
  const path = written(content);
  expect(() => readSigningKeys(path)).toThrow(message);
  expect(() => readSigningKeys(path)).toThrow(`AUDIT_KEY_FILE: the signing keys in ${path}`);
  expect(() => readSigningKeys(path)).not.toThrow(one.private);
});

it('is refused when it is not there', () => {
  expect(() => readSigningKeys(join(directory, 'none'))).toThrow('cannot be read as JSON');
});
