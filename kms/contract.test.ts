// What a key service must do: run against the key file and against the KMS of the local store.

import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateKeyCommand, DisableKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { BadSettings } from '../process/settings.ts';
import { openKeyFile } from './key-file.ts';
import { KeyRefused, type KeyContext, type KeyService, type WrappedKey } from './key-service.ts';
import { openKeyService } from './settings.ts';

interface Subject {
  service: KeyService;
  /** A service whose newest key is another one, and which still has the keys of before. */
  rotated: () => Promise<KeyService>;
  /** A service that has the first key no more. */
  withoutFirst: () => Promise<KeyService>;
  /** False of the local store's KMS: it masks without a tag, and what was altered comes out as another key. */
  authenticates: boolean;
  close: () => Promise<void>;
}

const key = () => randomBytes(32).toString('base64');

const subjects: Record<string, () => Promise<Subject>> = {
  'the key file': async () => {
    const directory = await mkdtemp(join(tmpdir(), 'varloom-keys-'));
    const keys: Record<string, string> = { first: key(), second: key() };
    const open = async (active: string, ...ids: string[]) => {
      const path = join(directory, `${randomUUID()}.json`);
      await writeFile(path, JSON.stringify({ active, keys: Object.fromEntries(ids.map((id) => [id, keys[id]])) }));
      return openKeyService({ PATIENT_KEY_SERVICE: 'file:', PATIENT_KEYS_FILE: path });
    };
    return {
      service: await open('first', 'first'),
      rotated: () => open('second', 'first', 'second'),
      withoutFirst: () => open('second', 'second'),
      authenticates: true,
      close: () => rm(directory, { recursive: true }),
    };
  },
  'AWS KMS': async () => {
    const { endpoint, region, accessKeyId, secretAccessKey } = inject('store');
    const admin = new KMSClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } });
    const make = async () => (await admin.send(new CreateKeyCommand({}))).KeyMetadata?.KeyId ?? '';
    const open = (keyId: string) =>
      openKeyService({
        PATIENT_KEY_SERVICE: `kms://${region}/${keyId}`,
        KMS_ENDPOINT: endpoint,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
      });
    const first = await make();
    return {
      service: open(first),
      rotated: async () => open(await make()),
      withoutFirst: async () => {
        await admin.send(new DisableKeyCommand({ KeyId: first }));
        return open(await make());
      },
      authenticates: false,
      close: async () => admin.destroy(),
    };
  },
};

describe.for(Object.entries(subjects))('%s', ([, create]) => {
  let subject: Subject;
  beforeAll(async () => {
    subject = await create();
  });
  afterAll(() => subject.close());
  const context = { patient: randomUUID(), organization: randomUUID() };
  /** What somebody gets who should get nothing: a refusal, or at the very least another key. */
  const gained = async (wrapped: WrappedKey, service = subject.service): Promise<unknown> => {
    try {
      const key = await service.unwrap(wrapped, context);
      return subject.authenticates ? Promise.reject(new Error('a key was given')) : key;
    } catch (error) {
      if (error instanceof KeyRefused) return error.name;
      throw error;
    }
  };

  it('gives back what it wrapped, for the same context in any order', async () => {
    const dataKey = randomBytes(32);
    const wrapped = await subject.service.wrap(dataKey, context);
    expect(wrapped.keyId).toContain(subject.service.keyId);
    expect(Buffer.from(wrapped.wrapped, 'base64').includes(dataKey)).toBe(false);
    const reordered = { organization: context.organization, patient: context.patient };
    expect(await subject.service.unwrap(wrapped, reordered)).toEqual(dataKey);
  });

  it('wraps the same key differently each time', async () => {
    const dataKey = randomBytes(32);
    const [one, other] = [await subject.service.wrap(dataKey, context), await subject.service.wrap(dataKey, context)];
    expect(one.wrapped).not.toBe(other.wrapped);
  });

  it('refuses another context, and none', async () => {
    const wrapped = await subject.service.wrap(randomBytes(32), context);
    const others: KeyContext[] = [{ ...context, patient: randomUUID() }, { patient: context.patient }, {}];
    for (const other of others) {
      await expect(subject.service.unwrap(wrapped, other)).rejects.toBeInstanceOf(KeyRefused);
    }
  });

  it('refuses what was altered, cut or made up', async () => {
    const dataKey = randomBytes(32);
    const { keyId, wrapped } = await subject.service.wrap(dataKey, context);
    const bytes = Buffer.from(wrapped, 'base64');
    const altered = Buffer.from(bytes);
    altered.writeUInt8(altered.readUInt8(altered.length - 20) ^ 1, altered.length - 20);
    for (const forged of [altered, bytes.subarray(0, -1)]) {
      expect(await gained({ keyId, wrapped: forged.toString('base64') })).not.toEqual(dataKey);
    }
    for (const forged of [randomBytes(60), Buffer.from('short')]) {
      const attempt = subject.service.unwrap({ keyId, wrapped: forged.toString('base64') }, context);
      await expect(attempt).rejects.toBeInstanceOf(KeyRefused);
    }
    const unknown = subject.service.unwrap({ keyId: randomUUID(), wrapped }, context);
    await expect(unknown).rejects.toBeInstanceOf(KeyRefused);
  });

  it('wraps with its newest key, and unwraps what older ones wrapped', async () => {
    const dataKey = randomBytes(32);
    const old = await subject.service.wrap(dataKey, context);
    const rotated = await subject.rotated();
    expect(await rotated.unwrap(old, context)).toEqual(dataKey);
    const renewed = await rotated.wrap(dataKey, context);
    expect(renewed.keyId).not.toBe(old.keyId);
    expect(await rotated.unwrap(renewed, context)).toEqual(dataKey);
    // Who says that the newer key wrapped it gets nothing.
    expect(await gained({ ...old, keyId: renewed.keyId }, rotated)).not.toEqual(dataKey);
  });

  // The last one: KMS has the first key no more afterwards.
  it('cannot unwrap without the key that wrapped', async () => {
    const old = await subject.service.wrap(randomBytes(32), context);
    const without = await subject.withoutFirst();
    await expect(without.unwrap(old, context)).rejects.toBeInstanceOf(KeyRefused);
  });
});

describe('the settings', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'varloom-keys-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  it.for([
    ['no JSON', '{', 'JSON'],
    ['another form', '{"keys": []}', 'form'],
    ['a short key', JSON.stringify({ active: 'a', keys: { a: randomBytes(16).toString('base64') } }), '16 bytes'],
    ['an active key that is not there', JSON.stringify({ active: 'b', keys: { a: key() } }), 'active'],
  ] as const)('refuse a file with %s, without showing a key', async ([, content, reason]) => {
    const path = join(directory, `${randomUUID()}.json`);
    await writeFile(path, content);
    const message = refusalOf(path);
    expect(message).toMatch(/^PATIENT_KEYS_FILE: /);
    expect(message).toContain(reason);
    const secrets = content.match(/[A-Za-z0-9+/]{20,}={0,2}/g) ?? [];
    expect(secrets.filter((secret) => message.includes(secret))).toEqual([]);
  });

  it('want a file where no key service is named', () => {
    expect(() => openKeyService({ PATIENT_KEY_SERVICE: 'file:' })).toThrow(/PATIENT_KEYS_FILE: is required/);
    expect(refusalOf(join(directory, 'missing.json'))).toContain('cannot be read');
  });
});

function refusalOf(path: string): string {
  try {
    openKeyFile(path);
  } catch (error) {
    if (error instanceof BadSettings) return error.message;
    throw error;
  }
  return 'none';
}

it('a KMS that does not answer refuses nothing: its error is its own', async () => {
  const service = openKeyService({
    PATIENT_KEY_SERVICE: 'kms://us-east-1/alias/patients',
    KMS_ENDPOINT: 'http://127.0.0.1:9',
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 'b',
  });
  const attempt = service.wrap(randomBytes(32), {});
  await expect(attempt).rejects.not.toBeInstanceOf(KeyRefused);
  await expect(attempt).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});
