// Where lines end in a buffer that holds many, most of them short.

export const NEWLINE = 10;

/** A line that is no longer is looked through here: to call into native code for each would cost more. */
const SHORT_BYTES = 128;

/** The place of the next line break from `from` on, -1 when there is none before `end`. */
export function nextNewline(buffer: Buffer, from: number, end: number): number {
  const near = Math.min(from + SHORT_BYTES, end);
  for (let at = from; at < near; at++) if (buffer[at] === NEWLINE) return at;
  if (near === end) return -1;
  const far = buffer.indexOf(NEWLINE, near);
  return far < end ? far : -1;
}
