// Where the checks of a record are, and how they refuse it: every refusal names the line.

import { VarloomError, type ErrorType } from '../../../domain/errors.ts';

const TAB = 9;

export class RecordPlace {
  /** Counts from 1, the header included. */
  line = 0;
  records = 0;
  /** Where the record begins in its buffer. */
  start = 0;
  readonly #columns: number;

  /** `columns` is what the #CHROM line promises. */
  constructor(columns: number) {
    this.#columns = columns;
  }

  refuse(type: ErrorType, why: string): never {
    throw new VarloomError(type, `Line ${this.line}: ${why}.`, { line: this.line, record: this.records });
  }

  /** Where the column that begins at `from` ends: at its tab. */
  columnEnd(buffer: Uint8Array, from: number, end: number, column: string): number {
    let at = from;
    while (at < end && buffer[at] !== TAB) at++;
    if (at >= end) this.wrongColumnCount(buffer, end);
    if (at === from) this.refuse('input_malformed_record', `${column} is empty`);
    return at;
  }

  wrongColumnCount(buffer: Uint8Array, end: number): never {
    const start = this.start;
    let columns = 1;
    for (let at = start; at < end; at++) if (buffer[at] === TAB) columns++;
    const wanted = this.#columns === 8 ? '8' : `${this.#columns} (${this.#columns - 9} samples)`;
    const spaces = spaced(buffer, start, end);
    this.refuse('input_malformed_record', `there are ${columns} columns, the #CHROM line has ${wanted}${spaces}`);
  }
}

function spaced(buffer: Uint8Array, from: number, end: number): string {
  const text = Buffer.from(buffer.buffer, buffer.byteOffset + from, Math.min(end - from, 500)).toString('latin1');
  return / {1,}\S+ {1,}/.test(text) ? ' (it has spaces where tabs belong)' : '';
}

/** At most 60 characters of what stands there. */
export function text(buffer: Uint8Array, from: number, to: number): string {
  return shortened(Buffer.from(buffer.subarray(from, Math.min(to, from + 120))).toString());
}

export function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
