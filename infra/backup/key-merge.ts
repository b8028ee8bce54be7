// Two states of one key file, as one: a key that is dropped makes unreadable whatever it encrypted.

import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';

/** Of payload and patient keys, whose keys are texts, and of signing keys, which have halves, one of which may be missing. */
const keyFile = z.strictObject({
  active: z.string().optional(),
  keys: z.record(z.string(), z.union([z.string(), z.record(z.string(), z.string())])),
});
type KeyFile = z.infer<typeof keyFile>;
type Key = KeyFile['keys'][string];

/**
 * Every key of both; which one is active `leading` says, and it comes back byte for byte when it has all of them. `conflict` is
 * the id of a key that is different in the two. Undefined when one of them is no key file.
 */
export function mergeKeyFiles(leading: Buffer, other: Buffer): { content: Buffer } | { conflict: string } | undefined {
  const [first, second] = [parse(leading), parse(other)];
  if (!first || !second) return undefined;
  const keys: Record<string, Key> = { ...first.keys };
  for (const [id, key] of Object.entries(second.keys)) {
    const both = together(Object.hasOwn(keys, id) ? keys[id] : undefined, key);
    if (both === undefined) return { conflict: id };
    keys[id] = both;
  }
  const active = first.active ?? second.active;
  const whole: KeyFile = { ...(active === undefined ? {} : { active }), keys };
  return { content: isDeepStrictEqual(whole, first) ? leading : Buffer.from(`${JSON.stringify(whole, null, 2)}\n`) };
}

function parse(content: Buffer): KeyFile | undefined {
  try {
    return keyFile.parse(JSON.parse(content.toString('utf8')));
  } catch {
    return undefined;
  }
}

/** Undefined when they are two keys by one id. */
function together(one: Key | undefined, other: Key): Key | undefined {
  if (one === undefined || isDeepStrictEqual(one, other)) return other;
  if (typeof one === 'string' || typeof other === 'string') return undefined;
  const both = { ...other, ...one };
  return isDeepStrictEqual(both, { ...one, ...other }) ? both : undefined;
}
