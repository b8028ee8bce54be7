// The key service: wraps the data keys of patients, so that what the database holds is of no use without it. Two real
// adapters: a key file (`key-file.ts`) and AWS KMS (`aws-kms.ts`); `contract.test.ts` holds both to the same.

/**
 * What a data key belongs to. It is bound to the wrapped key and must be the same when it is unwrapped. A key service may
 * log it in clear: ids only.
 */
export type KeyContext = Readonly<Record<string, string>>;

export interface WrappedKey {
  /** Which key of the key service wrapped it. */
  keyId: string;
  /** base64 */
  wrapped: string;
}

export interface KeyService {
  /** The key that wraps from now on, as it was configured. */
  readonly keyId: string;
  /** `dataKey` has 32 bytes. */
  wrap(dataKey: Buffer, context: KeyContext): Promise<WrappedKey>;
  /** @throws KeyRefused when the key is gone, or the wrapped key was altered or belongs to something else */
  unwrap(wrapped: WrappedKey, context: KeyContext): Promise<Buffer>;
}

/** The key service answered, and will answer the same again. A service that does not answer throws its own error. */
export class KeyRefused extends Error {
  override name = 'KeyRefused';
}
