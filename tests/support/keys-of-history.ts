// With which payload keys a history was written.

/** The ids of the keys, of all payloads anywhere in it. */
export function keysIn(value: unknown, found = new Set<string>()): Set<string> {
  if (typeof value !== 'object' || value === null) return found;
  if ('encryption-key-id' in value && value['encryption-key-id'] instanceof Uint8Array) {
    found.add(Buffer.from(value['encryption-key-id']).toString());
  }
  for (const each of Object.values(value)) if (!(each instanceof Uint8Array)) keysIn(each, found);
  return found;
}
