// Data keys: how often the key service is asked, what happens when it does not answer, and that payloads encrypted under
// them come back with the key file and with KMS.

import { createSecretKey, randomBytes } from 'node:crypto';
import { CreateKeyCommand, DisableKeyCommand, EnableKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { createPayloadCodec } from '../temporal/payload-codec.ts';
import type { PayloadKeys } from '../temporal/payload-keys.ts';
import { createDataKeys, type DataKeyLimits } from './data-keys.ts';
import { createKeyFileService } from './key-file.ts';
import { KeyRefused, type KeyService } from './key-service.ts';
import { openKeyService, openPayloadDataKeys } from './settings.ts';

const LIMITS: DataKeyLimits = { encryptSeconds: 60, encryptPayloads: 10, decryptKeys: 3, decryptSeconds: 600 };

/** A real key file service that counts, and can be out of reach. */
function counted() {
  const real = createKeyFileService('first', new Map([['first', createSecretKey(randomBytes(32))]]));
  const seen = { wraps: 0, unwraps: 0, isDown: false };
  const ask = <T>(answer: () => Promise<T>) => (seen.isDown ? Promise.reject(new Error('no answer')) : answer());
  const service: KeyService = {
    keyId: real.keyId,
    wrap: (dataKey, context) => ask(() => ((seen.wraps += 1), real.wrap(dataKey, context))),
    unwrap: (wrapped, context) => ask(() => ((seen.unwraps += 1), real.unwrap(wrapped, context))),
  };
  return { service, seen };
}

describe('the cache', () => {
  it('asks once for many payloads, also when they come at once, and anew after so many or so long', async () => {
    const { service, seen } = counted();
    let nowMs = 0;
    const keys = createDataKeys(service, LIMITS, () => nowMs);
    const first = await Promise.all([keys.toEncrypt(4), keys.toEncrypt(4), keys.toEncrypt(2)]);
    expect([seen.wraps, new Set(first).size]).toEqual([1, 1]);
    expect(await keys.toEncrypt(1)).not.toBe(first[0]);
    expect(seen.wraps).toBe(2);
    nowMs += 59_999;
    await keys.toEncrypt(1);
    expect(seen.wraps).toBe(2);
    nowMs += 1;
    await keys.toEncrypt(1);
    expect(seen.wraps).toBe(3);
  });

  it('unwraps a key once, keeps the latest used, and none for longer than it may', async () => {
    const { service, seen } = counted();
    let nowMs = 0;
    const reader = createDataKeys(service, LIMITS, () => nowMs);
    const made = await Promise.all(Array.from({ length: 4 }, () => createDataKeys(service, LIMITS).toEncrypt(1)));
    const read = async (index: number) => {
      const { key, wrapped } = made[index] ?? (await createDataKeys(service).toEncrypt(1));
      expect((await reader.toDecrypt({ ...wrapped })).equals(key)).toBe(true);
      return seen.unwraps;
    };
    await Promise.all([read(0), read(0), read(0)]);
    expect(seen.unwraps).toBe(1);
    await read(1);
    await read(2);
    expect(await read(0)).toBe(3);
    expect(await read(3)).toBe(4);
    // Of four, the one that was used longest ago is gone.
    expect(await read(0)).toBe(4);
    expect(await read(1)).toBe(5);
    nowMs += 600_000;
    expect(await read(0)).toBe(6);
  });

  it('forgets keys that are too old, also when no other comes', async () => {
    const { service } = counted();
    const made = await Promise.all(Array.from({ length: 3 }, () => createDataKeys(service).toEncrypt(1)));
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    try {
      const keys = createDataKeys(service, LIMITS);
      for (const { wrapped } of made.slice(0, 2)) await keys.toDecrypt(wrapped);
      vi.advanceTimersByTime(599_999);
      for (const { wrapped } of made.slice(2)) await keys.toDecrypt(wrapped);
      expect(keys.keptKeys()).toBe(3);
      vi.advanceTimersByTime(60_001);
      expect(keys.keptKeys()).toBe(1);
      vi.advanceTimersByTime(600_000);
      expect([keys.keptKeys(), vi.getTimerCount()]).toEqual([0, 0]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('forgets keys that are too old as soon as another one is kept', async () => {
    const { service } = counted();
    let nowMs = 0;
    const keys = createDataKeys(service, LIMITS, () => nowMs);
    const made = await Promise.all(Array.from({ length: 3 }, () => createDataKeys(service).toEncrypt(1)));
    for (const { wrapped } of made.slice(0, 2)) await keys.toDecrypt(wrapped);
    nowMs = 600_000;
    for (const { wrapped } of made.slice(2)) await keys.toDecrypt(wrapped);
    expect(keys.keptKeys()).toBe(1);
  });

  it('reads what it wrote itself without asking', async () => {
    const { service, seen } = counted();
    const keys = createDataKeys(service);
    const { key, wrapped } = await keys.toEncrypt(1);
    expect((await keys.toDecrypt(wrapped)).equals(key)).toBe(true);
    expect(seen.unwraps).toBe(0);
  });

  it('keeps no failure: everyone who waited is told, and the next one asks anew', async () => {
    const { service, seen } = counted();
    const { wrapped } = await createDataKeys(service).toEncrypt(1);
    const keys = createDataKeys(service);
    seen.isDown = true;
    for (const attempt of [keys.toEncrypt(1), keys.toEncrypt(1), keys.toDecrypt(wrapped), keys.toDecrypt(wrapped)]) {
      await expect(attempt).rejects.toThrow('no answer');
    }
    seen.isDown = false;
    await keys.toEncrypt(1);
    await keys.toDecrypt(wrapped);
    expect([seen.wraps, seen.unwraps]).toEqual([2, 1]);
  });
});

interface Subject {
  /** Another process with the same settings. */
  open: () => KeyService;
  /** With a newer key, as after a rotation. */
  rotated: () => Promise<KeyService>;
  close: () => void;
}

const subjects: Record<string, () => Promise<Subject>> = {
  'the key file': async () => {
    const keys = new Map(['first', 'second'].map((id) => [id, createSecretKey(randomBytes(32))]));
    return {
      open: () => createKeyFileService('first', keys),
      rotated: async () => createKeyFileService('second', keys),
      close: () => {},
    };
  },
  'AWS KMS': async () => {
    const { admin, make, settingsFor } = kms();
    const first = await make();
    return {
      open: () => openKeyService(settingsFor(first)),
      rotated: async () => openKeyService(settingsFor(await make())),
      close: () => admin.destroy(),
    };
  },
};

function kms() {
  const { endpoint, region, accessKeyId, secretAccessKey } = inject('store');
  const admin = new KMSClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } });
  const settingsFor = (keyId: string) => ({
    PATIENT_KEY_SERVICE: `kms://${region}/${keyId}`,
    PAYLOAD_KEY_SERVICE: `kms://${region}/${keyId}`,
    KMS_ENDPOINT: endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  });
  return {
    admin,
    make: async () => (await admin.send(new CreateKeyCommand({}))).KeyMetadata?.KeyId ?? '',
    settingsFor,
  };
}

const fileKeys: PayloadKeys = { activeKeyId: 'old', keys: new Map([['old', createSecretKey(randomBytes(32))]]) };
const codecOf = (service: KeyService) => createPayloadCodec({ ...fileKeys, dataKeys: createDataKeys(service) });
const value = { jobId: 'planted', text: 'x'.repeat(5_000) };
const plain = defaultPayloadConverter.toPayload(value);
const valueOf = (payload: Payload | undefined): unknown => payload && defaultPayloadConverter.fromPayload(payload);

describe.for(Object.entries(subjects))('payloads under data keys of %s', ([, create]) => {
  let subject: Subject;
  beforeAll(async () => {
    subject = await create();
  });
  afterAll(() => subject.close());

  it('are read by another process, and show the wrapping key alone', async () => {
    const [payload] = await codecOf(subject.open()).encode([plain]);
    const [back] = await codecOf(subject.open()).decode(payload ? [payload] : []);
    expect(valueOf(back)).toEqual(value);
    expect(Object.keys(payload?.metadata ?? {}).toSorted()).toEqual([
      'encoding',
      'encryption-key-id',
      'encryption-wrapped-key',
    ]);
    expect(Buffer.from(payload?.data ?? []).includes('planted')).toBe(false);
  });

  it('and what the key file encrypted before is read still, and what a key before encrypted', async () => {
    const before = await createPayloadCodec(fileKeys).encode([plain]);
    const first = await codecOf(subject.open()).encode([plain]);
    const rotated = codecOf(await subject.rotated());
    for (const payloads of [before, first]) expect(valueOf((await rotated.decode(payloads))[0])).toEqual(value);
    const second = await rotated.encode([plain]);
    const keyOf = ([payload]: Payload[]) => Buffer.from(payload?.metadata?.['encryption-key-id'] ?? []).toString();
    expect(keyOf(second)).not.toBe(keyOf(first));
  });

  it('are refused when the wrapped key was altered, and by who has no key service', async () => {
    const [payload] = await codecOf(subject.open()).encode([plain]);
    const metadata = payload?.metadata ?? {};
    const wrapped = Buffer.from(metadata['encryption-wrapped-key'] ?? []);
    wrapped.writeUInt8(wrapped.readUInt8(wrapped.length - 20) ^ 1, wrapped.length - 20);
    const forged = { ...payload, metadata: { ...metadata, 'encryption-wrapped-key': wrapped } };
    await expect(codecOf(subject.open()).decode([forged])).rejects.toThrow(/was altered|KMS refuses/);
    await expect(createPayloadCodec(fileKeys).decode([payload ?? {}])).rejects.toThrow(
      'PAYLOAD_KEY_SERVICE names none',
    );
  });
});

it('a KMS key that is disabled stops new processes, and one that is enabled again lets them go on', async () => {
  const { admin, make, settingsFor } = kms();
  const keyId = await make();
  const [payload] = await createPayloadCodec({
    ...fileKeys,
    dataKeys: openPayloadDataKeys(settingsFor(keyId)),
  }).encode([plain]);
  const reader = createPayloadCodec({ ...fileKeys, dataKeys: openPayloadDataKeys(settingsFor(keyId)) });
  await admin.send(new DisableKeyCommand({ KeyId: keyId }));
  await expect(reader.decode([payload ?? {}])).rejects.toBeInstanceOf(KeyRefused);
  await expect(reader.encode([plain])).rejects.toBeInstanceOf(KeyRefused);
  await admin.send(new EnableKeyCommand({ KeyId: keyId }));
  expect(valueOf((await reader.decode([payload ?? {}]))[0])).toEqual(value);
  admin.destroy();
});

it('no key service is opened for `file:`', () => {
  expect(openPayloadDataKeys({ PAYLOAD_KEY_SERVICE: 'file:' })).toBeUndefined();
});
