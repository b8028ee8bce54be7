// Reads the whole input once: unpacks it, checks every line, and hands what is good to the engine as it goes.
// A REF that differs, or a surprise that needs another header or mode, ends the handing over, not the reading:
// the answer then speaks for the whole file.

import { VarloomError } from '../../../domain/errors.ts';
import { refuseOtherFormats } from './formats.ts';
import { contigNames, parseHeader, type VcfHeader } from './header.ts';
import { NEWLINE, nextNewline } from './lines.ts';
import { RecordChecker } from './record.ts';
import { ReferenceSequence } from './sequence.ts';
import type { ScanReport, ScanRequest } from './scan-report.ts';
import { openText, type TextSource } from './source.ts';

export interface ScanHooks {
  /** Takes text for the engine; returns when the bytes may be overwritten. Undefined when nothing is to be handed over. */
  write: ((bytes: Uint8Array) => void) | undefined;
  /** Called once, when no more will be written. */
  endWriting: () => void;
  /** Called after each chunk; throws to stop. */
  tick: (records: number, readBytes: number) => void;
}

const CHUNK_BYTES = 512 * 1024;
const CARRIAGE_RETURN = 13;

/** @throws VarloomError of an `input_…` type, naming the line */
export async function scanInput(request: ScanRequest, hooks: ScanHooks): Promise<ScanReport> {
  const source = openText(request.inputPath);
  let sequence: ReferenceSequence | undefined;
  try {
    sequence = new ReferenceSequence(request.fastaPath);
    return await new Scan(request, hooks, source, sequence).run();
  } finally {
    hooks.endWriting();
    source.close();
    sequence?.close();
  }
}

class Scan {
  readonly #request: ScanRequest;
  readonly #hooks: ScanHooks;
  readonly #source: TextSource;
  readonly #sequence: ReferenceSequence;
  readonly #contigs;
  #buffer = Buffer.alloc(CHUNK_BYTES + 65_536);
  #headerText = Buffer.alloc(16 * 1024);
  #headerBytes = 0;
  #header: VcfHeader | undefined;
  #checker: RecordChecker | undefined;
  #line = 0;
  #inflated = 0;
  #blankLine = 0;
  #writing: boolean;
  #foreseen = true;
  #passFrom = 0;

  constructor(request: ScanRequest, hooks: ScanHooks, source: TextSource, sequence: ReferenceSequence) {
    this.#request = request;
    this.#hooks = hooks;
    this.#source = source;
    this.#sequence = sequence;
    this.#contigs = contigNames(request.contigs);
    this.#writing = hooks.write !== undefined;
  }

  async run(): Promise<ScanReport> {
    let filled = 0;
    let complete = true;
    for (;;) {
      const count = await this.#source.read(this.#buffer, filled);
      if (this.#inflated === 0) refuseOtherFormats(this.#buffer.subarray(0, count));
      this.#inflated += count;
      if (this.#inflated > this.#request.limits.inflatedBytes) {
        const limit = this.#request.limits.inflatedBytes;
        throw new VarloomError('input_too_large', `The unpacked file is larger than the limit of ${limit} bytes.`, {
          limit_bytes: limit,
          line: this.#line,
        });
      }
      const atEnd = count === 0;
      const used = this.#takeLines(filled, filled + count, atEnd);
      this.#hooks.tick(this.#checker?.records ?? 0, this.#source.readBytes());
      if (atEnd) break;
      this.#buffer.copyWithin(0, used, filled + count);
      filled += count - used;
      this.#makeRoom(filled);
      if (this.#request.lookBytes !== undefined && this.#inflated >= this.#request.lookBytes && this.#checker) {
        complete = false;
        break;
      }
    }
    return this.#report(complete);
  }

  /** Handles the whole lines before `end`; `from` is where unseen bytes begin. Answers where the unfinished line begins. */
  #takeLines(from: number, end: number, atEnd: boolean): number {
    const buffer = this.#buffer;
    const nul = buffer.subarray(from, end).indexOf(0);
    const hasReturns = buffer.subarray(0, end).includes(CARRIAGE_RETURN);
    let lineAt = 0;
    this.#passFrom = 0;
    let newline = buffer.indexOf(NEWLINE, from);
    while (newline >= 0 && newline < end) {
      if (nul >= 0 && newline > from + nul) break;
      this.#takeLine(lineAt, newline, hasReturns, true);
      lineAt = newline + 1;
      newline = nextNewline(buffer, lineAt, end);
    }
    if (nul >= 0) this.#refuseLine('there is a NUL byte: the file is binary, damaged or in another encoding');
    if (atEnd && lineAt < end) {
      buffer[end] = NEWLINE;
      this.#takeLine(lineAt, end, hasReturns, false);
      lineAt = end + 1;
    }
    if (this.#checker !== undefined) this.#pass(this.#passFrom, lineAt);
    if (atEnd && this.#checker === undefined) this.#refuseHeaderEnd();
    return lineAt;
  }

  #takeLine(start: number, newline: number, hasReturns: boolean, terminated: boolean): void {
    this.#line++;
    const buffer = this.#buffer;
    let end = newline;
    if (hasReturns) {
      if (end > start && buffer[end - 1] === CARRIAGE_RETURN) end--;
      const stray = buffer.subarray(start, end).indexOf(CARRIAGE_RETURN);
      if (stray >= 0) {
        this.#line--;
        this.#refuseLine(
          'there is a carriage return within the line: lines must end with LF or CRLF, not with CR alone',
        );
      }
    }
    if (this.#checker === undefined) {
      this.#takeHeaderLine(start, newline + 1, end);
      return;
    }
    if (newline - start > this.#request.limits.lineBytes) this.#refuseLength();
    if (end === start) {
      // Blank lines at the very end do no harm and are left out; a record after one shows that lines are missing.
      this.#pass(this.#passFrom, start);
      this.#passFrom = newline + 1;
      this.#blankLine ||= this.#line;
      return;
    }
    if (this.#blankLine > 0) {
      const details = { line: this.#blankLine };
      throw new VarloomError('input_malformed_record', `Line ${this.#blankLine} is blank, between records.`, details);
    }
    this.#takeRecord(this.#checker, start, end, terminated);
  }

  #takeRecord(checker: RecordChecker, start: number, end: number, terminated: boolean): void {
    try {
      checker.check(this.#buffer, start, end, this.#line);
    } catch (error) {
      if (!terminated && error instanceof VarloomError && error.type === 'input_malformed_record') {
        const message = `The file ends in the middle of line ${this.#line}: ${error.message}`;
        throw new VarloomError('input_truncated', message, error.details);
      }
      throw checker.mismatches > 0 ? this.#mismatchError(checker) : error;
    }
    if (checker.rename !== undefined) {
      this.#pass(this.#passFrom, start);
      if (this.#writing) this.#hooks.write?.(checker.rename);
      this.#passFrom = start + checker.contigBytes.length;
    }
  }

  #takeHeaderLine(start: number, next: number, end: number): void {
    const buffer = this.#buffer;
    if (this.#headerBytes + (next - start) > this.#request.limits.headerBytes) this.#refuseHeaderSize();
    if (buffer[start] !== 35) {
      const details = { line: this.#line };
      if (end === start)
        throw new VarloomError('input_not_vcf', `Line ${this.#line} is blank, within the header.`, details);
      throw new VarloomError(
        'input_no_header',
        `Line ${this.#line} is a record, but no #CHROM line came before it.`,
        details,
      );
    }
    // Without its carriage return: bcftools keeps that within the values of a header line.
    if (this.#headerBytes + next - start > this.#headerText.length) {
      const larger = Buffer.alloc((this.#headerBytes + next - start) * 2);
      this.#headerText.copy(larger, 0, 0, this.#headerBytes);
      this.#headerText = larger;
    }
    this.#headerBytes += buffer.copy(this.#headerText, this.#headerBytes, start, end);
    this.#headerText[this.#headerBytes++] = NEWLINE;
    this.#passFrom = next;
    if (buffer[start + 1] === 35) return;
    const header = parseHeader(this.#headerText.subarray(0, this.#headerBytes), this.#contigs);
    this.#headerText = Buffer.alloc(0);
    this.#header = header;
    this.#checker = new RecordChecker({
      header,
      expected: this.#request.expected,
      contigs: this.#contigs,
      sequence: this.#sequence,
      recordsPerPosition: this.#request.limits.recordsPerPosition,
    });
    if (!this.#writing) return;
    const additions = { undeclared: this.#request.expected, lines: this.#request.headerLines };
    for (const piece of header.completed(additions)) this.#hooks.write?.(piece);
  }

  /** Hands over what is between, unless the whole turned out not to be as expected. */
  #pass(from: number, to: number): void {
    if (!this.#writing || this.#checker === undefined) return;
    const checker = this.#checker;
    const { expected, expectsPhased } = this.#request;
    this.#foreseen =
      checker.undeclared.info.length === expected.info.length &&
      checker.undeclared.format.length === expected.format.length &&
      checker.undeclared.filter.length === expected.filter.length &&
      (checker.everyGenotypePhased || !expectsPhased);
    if (checker.mismatches > 0 || !this.#foreseen) {
      this.#writing = false;
      this.#hooks.endWriting();
    } else if (to > from) this.#hooks.write?.(this.#buffer.subarray(from, to));
  }

  #makeRoom(filled: number): void {
    const mostBytes = this.#checker === undefined ? this.#request.limits.headerBytes : this.#request.limits.lineBytes;
    if (filled > mostBytes) {
      this.#line++;
      if (this.#checker === undefined) this.#refuseHeaderSize();
      this.#refuseLength();
    }
    if (this.#buffer.length - filled >= CHUNK_BYTES) return;
    // At once as large as it may get: memory counts only where it was touched, and outgrown buffers would count too.
    const larger = Buffer.alloc(mostBytes + CHUNK_BYTES + 65_536);
    this.#buffer.copy(larger, 0, 0, filled);
    this.#buffer = larger;
  }

  #report(complete: boolean): ScanReport {
    const [checker, header] = [this.#checker, this.#header];
    if (checker === undefined || header === undefined) throw new Error('the header was not seen');
    if (checker.mismatches > 0 && complete) throw this.#mismatchError(checker);
    return {
      complete,
      foreseen: this.#foreseen,
      records: checker.records,
      samples: Math.max(0, header.columns - 9),
      everyGenotypePhased: checker.everyGenotypePhased,
      undeclared: checker.undeclared,
      undeclaredContigs: header.undeclaredContigs.length,
      renamed: checker.renamed,
      otherLengths: header.otherLengths,
      packing: this.#source.packing,
      inflatedBytes: this.#inflated,
      redeclares: ['BCSQ', 'KNOWN_VARIANT'].filter((name) => header.info.has(name)),
    };
  }

  #mismatchError(checker: RecordChecker): VarloomError {
    const { mismatches, records } = checker;
    const message = `REF differs from the reference genome in ${mismatches} of ${records} records; the first: ${checker.firstMismatch?.message}.`;
    return new VarloomError('input_reference_mismatch', message, {
      mismatches,
      records,
      ...checker.firstMismatch?.details,
    });
  }

  #refuseLine(why: string): never {
    const line = this.#line + 1;
    throw new VarloomError('input_malformed_record', `Line ${line}: ${why}.`, { line });
  }

  #refuseLength(): never {
    const limit = this.#request.limits.lineBytes;
    const details = { line: this.#line, limit_bytes: limit };
    throw new VarloomError(
      'input_line_too_long',
      `Line ${this.#line} is longer than the limit of ${limit} bytes.`,
      details,
    );
  }

  #refuseHeaderSize(): never {
    const limit = this.#request.limits.headerBytes;
    const details = { line: this.#line, limit_bytes: limit };
    throw new VarloomError('input_too_large', `The header is larger than the limit of ${limit} bytes.`, details);
  }

  #refuseHeaderEnd(): never {
    if (this.#inflated === 0) throw new VarloomError('input_empty', 'The file has no content.');
    const message = `The file ends after line ${this.#line} without a #CHROM line.`;
    throw new VarloomError('input_no_header', message, { line: this.#line });
  }
}
