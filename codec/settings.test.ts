// What the codec server refuses to start with.

import { expect, it } from 'vitest';
import { BadSettings } from '../process/settings.ts';
import { readCodecSettings } from './settings.ts';

const good = {
  DATABASE_URL: 'postgres://varloom_app@127.0.0.1:5432/varloom',
  PAYLOAD_KEYS_FILE: '/keys.json',
  CODEC_CORS_ORIGIN: 'https://temporal.varloom.test/',
  OPERATORS: 'one@varloom.test, 7d1f',
  PUBLIC_URL: 'https://varloom.test/',
  OIDC_ISSUER: 'https://issuer.test',
  OIDC_CLIENT_ID: 'varloom',
  OIDC_CLIENT_SECRET: 'secret',
};

it('reads what it needs, in production too', () => {
  const settings = readCodecSettings({ ...good, NODE_ENV: 'production' });
  expect(settings).toMatchObject({
    OPERATORS: ['one@varloom.test', '7d1f'],
    // As browsers name it in the header Origin.
    CODEC_CORS_ORIGIN: 'https://temporal.varloom.test',
    OIDC_AUDIENCE: 'https://varloom.test',
    CODEC_HOST: '127.0.0.1',
    PAYLOAD_KEY_SERVICE: 'file:',
  });
  expect(Object.isFrozen(settings)).toBe(true);
});

it.for(Object.keys(good))('does not start without %s', (name) => {
  expect(() => readCodecSettings({ ...good, [name]: '' })).toThrow(`${name}: is required`);
});

it.for<[string, string]>([
  ['OPERATORS', 'one@varloom.test,,'],
  ['OPERATORS', ' '],
  ['CODEC_CORS_ORIGIN', '*'],
  ['CODEC_PORT', '65536'],
  ['CODEC_REQUESTS_PER_MINUTE', '0'],
  ['PAYLOAD_KEY_SERVICE', 'kms://'],
  ['PUBLIC_URL', 'varloom.test'],
])('refuses %s=%s', ([name, value]) => {
  expect(() => readCodecSettings({ ...good, [name]: value })).toThrow(BadSettings);
  expect(() => readCodecSettings({ ...good, [name]: value })).toThrow(name);
});

it.for(['CODEC_CORS_ORIGIN', 'PUBLIC_URL', 'OIDC_ISSUER'])('refuses http for %s in production', (name) => {
  const plain = { ...good, [name]: 'http://varloom.test' };
  expect(readCodecSettings(plain)).toBeDefined();
  expect(() => readCodecSettings({ ...plain, NODE_ENV: 'production' })).toThrow(`${name} must be an https address`);
});
