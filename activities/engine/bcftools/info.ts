// Checks FILTER and INFO: values have the types that the header declares, and names that it does not declare are noted.

import type { Undeclared, VcfHeader } from './header.ts';
import { HASH_START, hashed, KeyTable, sameBytes } from './keys.ts';
import { text, type RecordPlace } from './place.ts';
import { numberProblem } from './values.ts';

const [TAB, SEMICOLON, EQUALS, DOT] = [9, 59, 61, 46] as const;
const PASS = Buffer.from('PASS');

export class InfoChecker {
  readonly #place: RecordPlace;
  readonly #undeclared: Undeclared;
  readonly #infoKeys = new KeyTable();
  readonly #filters = new KeyTable();

  /** `undeclared` begins with what the completed header will declare, and gets what comes beyond it. */
  constructor(place: RecordPlace, header: VcfHeader, undeclared: Undeclared) {
    this.#place = place;
    this.#undeclared = undeclared;
    for (const [name, type] of header.info) this.#infoKeys.add(name, type);
    for (const name of undeclared.info) this.#infoKeys.add(name, 'String');
    for (const name of [...header.filter, ...undeclared.filter]) this.#filters.add(name, 'Flag');
  }

  /** Where FILTER ends. */
  checkFilters(buffer: Uint8Array, from: number, end: number): number {
    // PASS and the missing value are nearly all there is.
    if (buffer[from + 4] === TAB && from + 4 < end && sameBytes(PASS, buffer, from, from + 4)) return from + 4;
    const to = this.#place.columnEnd(buffer, from, end, 'FILTER');
    if (to === from + 1 && buffer[from] === DOT) return to;
    let hash = HASH_START;
    let keyAt = from;
    for (let at = from; at <= to; at++) {
      const byte = buffer[at];
      if (at < to && byte !== SEMICOLON) {
        hash = hashed(hash, byte ?? 0);
        continue;
      }
      if (at > keyAt && this.#filters.find(hash, buffer, keyAt, at) === undefined) {
        const name = text(buffer, keyAt, at);
        this.#undeclared.filter.push(name);
        this.#filters.add(name, 'Flag');
      }
      keyAt = at + 1;
      hash = HASH_START;
    }
    return to;
  }

  /** Where INFO ends: at its tab or at the end of the line. */
  checkInfo(buffer: Uint8Array, from: number, end: number): number {
    let at = from;
    if (buffer[at] === DOT && (at + 1 === end || buffer[at + 1] === TAB)) return at + 1;
    while (at < end && buffer[at] !== TAB) {
      const keyAt = at;
      let hash = HASH_START;
      let byte = 0;
      for (; at < end; at++) {
        byte = buffer[at] ?? 0;
        if (byte === EQUALS || byte === SEMICOLON || byte === TAB) break;
        hash = hashed(hash, byte);
      }
      const keyEnd = at;
      const hasValue = at < end && byte === EQUALS;
      if (keyEnd === keyAt && hasValue) this.#place.refuse('input_malformed_record', 'INFO has a value without a name');
      const key = keyEnd === keyAt ? undefined : this.#infoKeys.find(hash, buffer, keyAt, keyEnd);
      if (key === undefined && keyEnd > keyAt) {
        const name = text(buffer, keyAt, keyEnd);
        if (!/^[!-~]+$/.test(name))
          this.#place.refuse('input_malformed_record', `INFO has a name that is not valid: ${name}`);
        this.#undeclared.info.push(name);
        this.#infoKeys.add(name, 'String');
      }
      if (hasValue) {
        const valueAt = ++at;
        while (at < end && buffer[at] !== SEMICOLON && buffer[at] !== TAB) at++;
        const type = key?.type;
        if ((type === 'Integer' || type === 'Float') && numberProblem(buffer, valueAt, at, type)) {
          const pair = `${text(buffer, keyAt, keyEnd)}=${text(buffer, valueAt, at)}`;
          this.#place.refuse(
            'input_malformed_record',
            `INFO ${pair} is not of the type ${type} that the header declares`,
          );
        }
      }
      if (at < end && buffer[at] === SEMICOLON) at++;
    }
    if (at === from) this.#place.refuse('input_malformed_record', 'INFO is empty');
    return at;
  }
}
