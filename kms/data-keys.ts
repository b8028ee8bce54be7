// Data keys for workflow payloads: made here, wrapped by the key service, and kept in memory for a bounded time and number
// of uses, so that a payload costs a call to the key service only now and then.

import { createHash, createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import type { KeyContext, KeyService, WrappedKey } from './key-service.ts';

const DATA_KEY_BYTES = 32;

export interface DataKey {
  /** AES-256. */
  key: KeyObject;
  /** What travels with everything that is encrypted under it. */
  wrapped: WrappedKey;
}

export interface DataKeys {
  /** The key to encrypt `count` payloads with. @throws what the key service throws; the next call asks anew */
  toEncrypt(count: number): Promise<DataKey>;
  /** The key that was wrapped so. @throws what the key service throws; the next call asks anew */
  toDecrypt(wrapped: WrappedKey): Promise<KeyObject>;
  /** How many unwrapped keys are in memory to decrypt with. */
  keptKeys(): number;
}

export interface DataKeyLimits {
  /** How long one data key encrypts. */
  encryptSeconds: number;
  /** How many payloads one data key encrypts: NIST SP 800-38D allows 2^32 with random nonces. */
  encryptPayloads: number;
  /** How many unwrapped keys are kept, the latest used ones. */
  decryptKeys: number;
  /** How long an unwrapped key is kept: so long does a key that KMS has disabled go on decrypting here. */
  decryptSeconds: number;
}

export const DATA_KEY_LIMITS: DataKeyLimits = {
  encryptSeconds: 600,
  encryptPayloads: 100_000,
  decryptKeys: 1_000,
  decryptSeconds: 3600,
};

/** Of the time that a key is kept: so much later at most is it gone from memory. */
const SWEEP_SHARE = 0.1;

/** Bound to each wrapped key: a key of a patient, wrapped by the same key service, is of no use in its place. */
const CONTEXT: KeyContext = { purpose: 'workflow payloads' };

interface Encrypting {
  made: Promise<DataKey>;
  untilMs: number;
  payloads: number;
}

export function createDataKeys(
  service: KeyService,
  limits: DataKeyLimits = DATA_KEY_LIMITS,
  nowMs: () => number = () => performance.now(),
): DataKeys {
  let current: Encrypting | undefined;
  /** In the order of use, the least recently used one first. */
  const unwrapped = new Map<string, { key: Promise<KeyObject>; untilMs: number }>();

  /** What is too old is of no more use: it does not stay in memory until something younger needs its place. */
  const dropExpired = () => {
    for (const [id, { untilMs }] of unwrapped) if (untilMs <= nowMs()) unwrapped.delete(id);
  };
  let sweeping: NodeJS.Timeout | undefined;
  /** Also where no key follows: at the end of the time, for as long as there is a key. Keeps no process alive. */
  const sweepLater = () => {
    sweeping ??= setTimeout(
      () => {
        sweeping = undefined;
        dropExpired();
        if (unwrapped.size > 0) sweepLater();
      },
      limits.decryptSeconds * SWEEP_SHARE * 1000,
    ).unref();
  };

  const keep = (id: string, key: Promise<KeyObject>) => {
    dropExpired();
    sweepLater();
    const kept = { key, untilMs: nowMs() + limits.decryptSeconds * 1000 };
    unwrapped.set(id, kept);
    for (const oldest of unwrapped.keys()) {
      if (unwrapped.size <= limits.decryptKeys) break;
      unwrapped.delete(oldest);
    }
    // Who waits for it is told; whoever comes later asks anew.
    key.catch(() => {
      if (unwrapped.get(id) === kept) unwrapped.delete(id);
    });
    return key;
  };

  const make = async (): Promise<DataKey> => {
    const bytes = randomBytes(DATA_KEY_BYTES);
    const wrapped = await service.wrap(bytes, CONTEXT);
    const key = createSecretKey(bytes);
    bytes.fill(0);
    // A process reads what it wrote itself without asking.
    void keep(idOf(wrapped), Promise.resolve(key));
    return { key, wrapped };
  };

  return {
    toEncrypt(count) {
      if (!current || current.untilMs <= nowMs() || current.payloads + count > limits.encryptPayloads) {
        const next: Encrypting = { made: make(), untilMs: nowMs() + limits.encryptSeconds * 1000, payloads: 0 };
        next.made.catch(() => {
          if (current === next) current = undefined;
        });
        current = next;
      }
      current.payloads += count;
      return current.made;
    },

    toDecrypt(wrapped) {
      const id = idOf(wrapped);
      const known = unwrapped.get(id);
      if (known && known.untilMs > nowMs()) {
        unwrapped.delete(id);
        unwrapped.set(id, known);
        return known.key;
      }
      unwrapped.delete(id);
      return keep(
        id,
        service.unwrap(wrapped, CONTEXT).then((bytes) => {
          const key = createSecretKey(bytes);
          bytes.fill(0);
          return key;
        }),
      );
    },

    keptKeys: () => unwrapped.size,
  };
}

/** Short, whatever a key service wraps into. */
function idOf({ keyId, wrapped }: WrappedKey): string {
  return createHash('sha256').update(`${keyId}\n${wrapped}`).digest('base64');
}
