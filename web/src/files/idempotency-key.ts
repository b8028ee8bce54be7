// A random key for one request that may be sent more than once.

/** 32 hexadecimal digits. Not `crypto.randomUUID`, which browsers offer on secure origins only. */
export function newIdempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
