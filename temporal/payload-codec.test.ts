// Encryption of payloads: what was encrypted comes back, and nothing that was touched or is of another key does.

import { createCipheriv, createSecretKey, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import protocol from '@temporalio/proto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMPRESSED_FROM_BYTES, INFLATED_LIMIT_BYTES } from './compression.ts';
import { createPayloadCodec, ENCRYPTED_ENCODING, type OnPlain } from './payload-codec.ts';
import { isRefused } from './refused.ts';
import { readPayloadKeys, type PayloadKeys } from './payload-keys.ts';

const PayloadMessage = protocol.temporal.api.common.v1.Payload;
const keysOf = (active: string, ...ids: string[]): PayloadKeys => ({
  activeKeyId: active,
  keys: new Map(ids.map((id) => [id, secrets[id] ?? createSecretKey(randomBytes(32))])),
});
const secrets: Record<string, ReturnType<typeof createSecretKey>> = {
  first: createSecretKey(randomBytes(32)),
  second: createSecretKey(randomBytes(32)),
};
const value = { jobId: 'a planted value', ünïcode: '🧬', nested: [1, null, true] };
const plain = (): Payload => defaultPayloadConverter.toPayload(value);
const encrypted = async (keys = keysOf('first', 'first')) => {
  const [payload] = await createPayloadCodec(keys).encode([plain()]);
  if (!payload) throw new Error('nothing came back');
  return payload;
};
const decoded = async (payload: Payload, keys = keysOf('first', 'first')) => {
  const [back] = await createPayloadCodec(keys).decode([payload]);
  return back && defaultPayloadConverter.fromPayload(back);
};
const text = (bytes: Uint8Array | null | undefined) => Buffer.from(bytes ?? []).toString();

describe('the codec', () => {
  it('brings every value back, and shows only which key it was', async () => {
    const payload = await encrypted();
    expect(await decoded(payload)).toEqual(value);
    expect(text(payload.metadata?.['encoding'])).toBe(ENCRYPTED_ENCODING);
    expect(Object.keys(payload.metadata ?? {}).toSorted()).toEqual(['encoding', 'encryption-key-id']);
    expect(text(payload.data)).not.toContain('planted');
  });

  it('keeps several payloads in order, and empty ones', async () => {
    const codec = createPayloadCodec(keysOf('first', 'first'));
    const payloads = [1, undefined, 'x', null, Buffer.alloc(0), Buffer.alloc(100_000, 7)].map((one) =>
      defaultPayloadConverter.toPayload(one),
    );
    const back = await codec.decode(await codec.encode(payloads));
    expect(back.map((payload) => text(payload.data))).toEqual(payloads.map((payload) => text(payload.data)));
    expect(back.map((payload) => text(payload.metadata?.['encoding']))).toEqual(
      payloads.map((payload) => text(payload.metadata?.['encoding'])),
    );
  });

  it('never encrypts to the same bytes twice', async () => {
    const payloads = await Promise.all(Array.from({ length: 100 }, () => encrypted()));
    expect(new Set(payloads.map(({ data }) => Buffer.from(data ?? []).toString('hex'))).size).toBe(100);
  });

  it('refuses what was never encrypted, or puts a mark in its place, as it is made for; or shows it to who reads histories', async () => {
    await expect(decoded(plain())).rejects.toThrow('not encrypted');
    const read = async (onPlain: OnPlain) => {
      const [back] = await createPayloadCodec(keysOf('first', 'first'), { onPlain }).decode([plain()]);
      return back && defaultPayloadConverter.fromPayload(back);
    };
    const [shown] = await createPayloadCodec(keysOf('first', 'first')).read([plain()]);
    expect(shown && defaultPayloadConverter.fromPayload(shown.payload)).toEqual(value);
    expect(isRefused(await read('mark'))).toBe(true);
    expect(isRefused(value)).toBe(false);
  });

  describe('of a workflow', () => {
    const of = (workflowId: string) => ({ type: 'workflow' as const, namespace: 'default', workflowId });
    const activityOf = (workflowId: string) => ({ ...of(workflowId), type: 'activity' as const, isLocal: false });
    const codec = createPayloadCodec(keysOf('first', 'first'));
    const back = async (payloads: Payload[], ...context: Parameters<typeof codec.decode>[1][]) =>
      (await codec.decode(payloads, ...context)).map((payload) => defaultPayloadConverter.fromPayload(payload));

    it('is read by that workflow and its activities, and by who reads histories', async () => {
      const large = defaultPayloadConverter.toPayload('x'.repeat(2 * COMPRESSED_FROM_BYTES));
      const written = await codec.encode([plain(), large], of('erasure/1'));
      for (const context of [of('erasure/1'), activityOf('erasure/1'), undefined]) {
        expect(await back(written, context)).toEqual([value, 'x'.repeat(2 * COMPRESSED_FROM_BYTES)]);
      }
      const [first] = await codec.decode(written, of('erasure/1'));
      expect(Object.keys(first?.metadata ?? {})).toEqual(['encoding']);
    });

    it('says to who reads histories whose it is', async () => {
      const written = [
        ...(await codec.encode([plain()], of('erasure/1'))),
        ...(await codec.encode([plain()])),
        plain(),
      ];
      const read = await codec.read(written);
      expect(read.map(({ owner }) => owner)).toEqual(['erasure/1', undefined, undefined]);
      for (const { payload } of read) expect(defaultPayloadConverter.fromPayload(payload)).toEqual(value);
    });

    it('is not read by another one', async () => {
      const written = await codec.encode([plain()], of('annotation/1'));
      for (const context of [of('erasure/1'), activityOf('erasure/1')]) {
        await expect(back(written, context)).rejects.toThrow('another workflow');
      }
      const marking = createPayloadCodec(keysOf('first', 'first'), { onPlain: 'mark' });
      const [marked] = await marking.decode(written, of('erasure/1'));
      expect(isRefused(marked && defaultPayloadConverter.fromPayload(marked))).toBe(true);
    });

    it('of a Schedule is read by each of its runs, and by no other workflow', async () => {
      const written = await codec.encode([plain()], of('reconcile'));
      for (const run of ['reconcile', 'reconcile-2026-11-22T00:59:30Z']) {
        expect(await back(written, of(run))).toEqual([value]);
      }
      for (const other of ['reconcile-store', 'reconcile-store-2026-11-22T00:59:30Z', 'reconcile-1', 'erasure/1']) {
        await expect(back(written, of(other))).rejects.toThrow('another workflow');
      }
      const ofSaga = await codec.encode([plain()], of('erasure/1'));
      await expect(back(ofSaga, of('erasure/1-2026-11-22T00:59:30Z'))).rejects.toThrow('another workflow');
    });

    it('is read by every one, when it is from before the owner was kept', async () => {
      expect(await back(await codec.encode([plain()]), of('erasure/1'))).toEqual([value]);
    });
  });

  it.for([0, 11, 12, 20, -17, -16, -1])('refuses a payload of which byte %i was altered', async (at) => {
    const payload = await encrypted();
    const data = Buffer.from(payload.data ?? []);
    const index = at < 0 ? data.length + at : at;
    data[index] = (data[index] ?? 0) ^ 1;
    await expect(decoded({ ...payload, data })).rejects.toThrow('was altered');
  });

  it.for([0, 1, 27, 28, 40])('refuses a payload cut to %i bytes', async (length) => {
    const payload = await encrypted();
    const data = Buffer.from(payload.data ?? []).subarray(0, length);
    await expect(decoded({ ...payload, data })).rejects.toThrow(/too short|was altered/);
  });

  it('refuses a key that it does not have, naming it, and one that is another under the same name', async () => {
    await expect(decoded(await encrypted(), keysOf('second', 'second'))).rejects.toThrow('"first"');
    const other = { activeKeyId: 'first', keys: new Map([['first', createSecretKey(randomBytes(32))]]) };
    await expect(decoded(await encrypted(), other)).rejects.toThrow('the key of that id is another one');
    expect(() => createPayloadCodec(keysOf('third', 'first'))).toThrow('third');
  });

  it('reads what an older key encrypted, and encrypts with the active one', async () => {
    const rotated = keysOf('second', 'first', 'second');
    expect(await decoded(await encrypted(), rotated)).toEqual(value);
    const fresh = await encrypted(rotated);
    expect(text(fresh.metadata?.['encryption-key-id'])).toBe('second');
    await expect(decoded(fresh)).rejects.toThrow('"second"');
  });
});

describe('compression', () => {
  const codec = createPayloadCodec(keysOf('first', 'first'));
  const roundTrip = async (one: unknown) => {
    const [payload] = await codec.encode([defaultPayloadConverter.toPayload(one)]);
    const [back] = await codec.decode(payload ? [payload] : []);
    return { sizeBytes: payload?.data?.length ?? 0, back: back && defaultPayloadConverter.fromPayload<unknown>(back) };
  };

  it('makes large payloads smaller, and shows nothing outside of the encryption', async () => {
    const large = { ids: Array.from({ length: 1_000 }, (_, i) => `sample-${i}`) };
    const { sizeBytes, back } = await roundTrip(large);
    expect(back).toEqual(large);
    expect(sizeBytes).toBeLessThan(JSON.stringify(large).length / 3);
    const payload = await encrypted();
    expect(Object.keys(payload.metadata ?? {}).toSorted()).toEqual(['encoding', 'encryption-key-id']);
  });

  it('leaves alone what is small, and what would not get smaller', async () => {
    const small = 'x'.repeat(500);
    const random = randomBytes(50_000).toString('base64');
    for (const one of [small, randomBytes(50_000)]) {
      const { sizeBytes } = await roundTrip(one);
      expect(sizeBytes).toBeGreaterThan(one.length);
    }
    expect((await roundTrip(random)).back).toBe(random);
  });

  it.for([COMPRESSED_FROM_BYTES - 60, COMPRESSED_FROM_BYTES, 100_000, 1_900_000])('brings %i bytes back', async (n) => {
    expect((await roundTrip('ab'.repeat(n / 2))).back).toBe('ab'.repeat(n / 2));
  });

  it('refuses what inflates beyond the limit, and what is damaged', async () => {
    const bomb = deflateSync(Buffer.alloc(INFLATED_LIMIT_BYTES + 1));
    expect(bomb.length).toBeLessThan(100_000);
    for (const data of [bomb, Buffer.from('no zlib'), bomb.subarray(0, 100)]) {
      const inner = PayloadMessage.encode({ metadata: { encoding: Buffer.from('binary/zlib') }, data }).finish();
      await expect(decoded(sealedByHand(inner), keysOf('first', 'first'))).rejects.toThrow('damaged, or larger');
    }
  });
});

it('payloads as the first version wrote them stay readable', async () => {
  // Written out by hand: the code of today has no say in it.
  const inner = Buffer.concat([
    Buffer.from([0x0a, 0x16, 0x0a, 0x08]), // metadata: "encoding"
    Buffer.from('encoding'),
    Buffer.from([0x12, 0x0a]), // is "json/plain",
    Buffer.from('json/plain'),
    Buffer.from([0x12, 0x04]), // and the data are
    Buffer.from('"ok"'),
  ]);
  expect(await decoded(sealedByHand(inner))).toBe('ok');
});

/** As the first version did it, under the key `first`. */
function sealedByHand(inner: Uint8Array): Payload {
  const nonce = randomBytes(12);
  const key = secrets['first'];
  if (!key) throw new Error('there is no such key');
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  const data = Buffer.concat([nonce, cipher.update(inner), cipher.final(), cipher.getAuthTag()]);
  return { metadata: { encoding: Buffer.from('binary/encrypted'), 'encryption-key-id': Buffer.from('first') }, data };
}

describe('the file of keys', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'payload-keys-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));
  const secret = randomBytes(32).toString('base64');
  const written = async (content: unknown) => {
    const path = join(directory, 'keys.json');
    await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  };

  it('is read with every key in it', async () => {
    const keys = readPayloadKeys(await written({ active: 'b', keys: { a: secret, b: secret } }));
    expect([keys.activeKeyId, [...keys.keys.keys()]]).toEqual(['b', ['a', 'b']]);
  });

  const short = randomBytes(16).toString('base64');
  it.for<[string, unknown, RegExp]>([
    ['no JSON', `{"active": "a", "keys": {"a": "${secret}"`, /cannot be read/],
    ['another form', { a: secret }, /not of the form/],
    ['a key that is no base64', { active: 'a', keys: { a: `${secret}!` } }, /not of the form/],
    ['a key of another length', { active: 'a', keys: { a: short } }, /16 bytes instead of 32/],
    ['no active key', { active: 'b', keys: { a: secret } }, /active payload key b/],
  ])('is refused with %s, and no key is printed', async ([, content, reason]) => {
    const path = await written(content);
    const read = () => readPayloadKeys(path);
    expect(read).toThrow(reason);
    expect(read).toThrow('PAYLOAD_KEYS_FILE');
    expect(read).not.toThrow(secret);
    expect(read).not.toThrow(short);
  });

  it('is refused when it is not there', () => {
    expect(() => readPayloadKeys(join(directory, 'none.json'))).toThrow('PAYLOAD_KEYS_FILE');
  });
});
