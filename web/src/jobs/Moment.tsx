// A moment as text, with its exact value for machines.

import { formatMoment } from '../text/format.ts';

export function Moment({ at }: { at: string }) {
  return <time dateTime={at}>{formatMoment(at)}</time>;
}
