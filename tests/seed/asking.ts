// How the seed asks the public API: a refusal ends it with the reason, lists are read to their end, states are awaited.

import { z } from 'zod';
import type { Answer, Program } from '../support/program.ts';

const LOOK_EVERY_MS = 250;
const PATIENCE_MS = 60_000;

/** The body of the wanted answer. @throws Error with what the service said instead */
export function expectAnswer<Shape extends z.ZodType>(
  { status, body }: Answer,
  wanted: number,
  shape: Shape,
): z.infer<Shape> {
  if (status !== wanted) throw new Error(`the service answered ${status}: ${JSON.stringify(body['error'] ?? body)}`);
  return shape.parse(body);
}

/** Every row of a list, page by page. */
export async function everyPage<Shape extends z.ZodType>(
  who: Program,
  path: string,
  rows: string,
  shape: Shape,
): Promise<z.infer<Shape>[]> {
  const found: z.infer<Shape>[] = [];
  const page = z.looseObject({ [rows]: z.array(shape), next: z.string().nullish() });
  for (let cursor: string | undefined; ;) {
    const query = new URLSearchParams({ limit: '200', ...(cursor === undefined ? {} : { cursor }) });
    const body = expectAnswer(await who.call('GET', `${path}?${query.toString()}`), 200, page);
    found.push(...z.array(shape).parse(body[rows]));
    const next = z.string().nullish().parse(body['next']);
    if (next == null) return found;
    cursor = next;
  }
}

/** @throws Error when it has not come true within a minute */
export async function until(what: string, isTrue: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end;) {
    if (await isTrue()) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  throw new Error(`waited for ${what} in vain`);
}
