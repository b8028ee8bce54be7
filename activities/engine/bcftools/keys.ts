// Names within a line (INFO keys, filters) looked up by their bytes, without making a string for each.

import type { ValueType } from './header.ts';

export interface KnownKey {
  bytes: Uint8Array;
  type: ValueType;
}

/** FNV-1a, continued over one more byte; begin with HASH_START. */
export const HASH_START = 0x811c9dc5 | 0;
export function hashed(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 0x01000193);
}

export class KeyTable {
  readonly #byHash = new Map<number, KnownKey[]>();

  add(name: string, type: ValueType): void {
    const bytes = Buffer.from(name);
    let hash = HASH_START;
    for (const byte of bytes) hash = hashed(hash, byte);
    const bucket = this.#byHash.get(hash);
    if (bucket === undefined) this.#byHash.set(hash, [{ bytes, type }]);
    else bucket.push({ bytes, type });
  }

  /** The key whose bytes stand in `buffer` from `from` to `to`, `hash` being theirs. */
  find(hash: number, buffer: Uint8Array, from: number, to: number): KnownKey | undefined {
    const bucket = this.#byHash.get(hash);
    if (bucket === undefined) return undefined;
    for (const key of bucket) if (sameBytes(key.bytes, buffer, from, to)) return key;
    return undefined;
  }
}

export function sameBytes(bytes: Uint8Array, buffer: Uint8Array, from: number, to: number): boolean {
  if (bytes.length !== to - from) return false;
  for (let index = 0; index < bytes.length; index++) if (bytes[index] !== buffer[from + index]) return false;
  return true;
}
