// What can be known about an upload before and after the bytes travel, without a browser: whether the file may go,
// which bytes belong to which part, and what the store's refusals mean.

import { UPGRADE, type Problem } from '../problem.ts';
import { formatBytes, formatCount } from '../text/format.ts';

export interface UploadAllowance {
  plan: 'free' | 'premium';
  limitBytes: number;
}

/** Why this file must not be sent, or null when it may. The store and the saga check again. */
export function refusalOf(file: { name: string; size: number }, allowance: UploadAllowance): Problem | null {
  if (file.size === 0) {
    return {
      title: 'The file is empty',
      message: `${file.name} has no content.`,
      remedy: 'Choose a VCF file that has content.',
      details: [],
    };
  }
  if (file.size > allowance.limitBytes) return tooLarge(file.size, allowance);
  return null;
}

function tooLarge(sizeBytes: number | undefined, allowance: UploadAllowance): Problem {
  const limit = formatBytes(allowance.limitBytes);
  // One byte too many must not read as if the size were the limit.
  const rounded = sizeBytes === undefined ? limit : formatBytes(sizeBytes);
  const exact = rounded === limit && sizeBytes !== undefined;
  const size = sizeBytes === undefined ? 'It' : `It has ${exact ? `${formatCount(sizeBytes)} bytes` : rounded} and`;
  const problem: Problem = {
    title: 'The file is too large',
    message: `${size} is larger than the ${exact ? `${formatCount(allowance.limitBytes)} bytes` : limit} that your plan allows for one file.`,
    remedy:
      allowance.plan === 'free'
        ? 'Upgrade to Premium, compress the file with bgzip or gzip, or split it by region.'
        : 'Compress the file with bgzip or gzip, or split it by region.',
    details: [],
  };
  if (allowance.plan === 'free') problem.way = UPGRADE;
  return problem;
}

export interface PartRange {
  number: number;
  url: string;
  startByte: number;
  /** Exclusive. */
  endByte: number;
}

/** The bytes of each part; throws when the parts handed out cannot hold the file. */
export function partRanges(
  fileSizeBytes: number,
  partSizeBytes: number,
  parts: readonly { number: number; url: string }[],
): PartRange[] {
  const ranges = [...parts]
    .sort((left, right) => left.number - right.number)
    .map((part, index) => ({
      ...part,
      startByte: index * partSizeBytes,
      endByte: Math.min(fileSizeBytes, (index + 1) * partSizeBytes),
    }))
    .filter((range) => range.startByte < range.endByte);
  if (ranges.at(-1)?.endByte !== fileSizeBytes) {
    throw new RangeError('The service planned too few parts for this file.');
  }
  return ranges;
}

/** True when sending the same bytes again may help: the connection, or a busy store; not a refusal. */
export function mayRetryPart(status: number): boolean {
  return status === 0 || status === 408 || status === 429 || status >= 500;
}

/** What the store's refusal of an upload means. `body` is S3's XML error, or whatever else came. */
export function problemOfStoreAnswer(status: number, body: string, allowance: UploadAllowance): Problem {
  const code = xmlText(body, 'Code');
  const message = xmlText(body, 'Message') ?? '';
  if (code === 'EntityTooLarge') return tooLarge(undefined, allowance);
  if (code === 'EntityTooSmall') {
    return {
      title: 'The file is empty',
      message: 'The store refused a file without content.',
      remedy: 'Choose a VCF file that has content.',
      details: [],
    };
  }
  if (code === 'ExpiredToken' || (code === 'AccessDenied' && /expired/i.test(message))) {
    return {
      title: 'The permission to upload has expired',
      message: 'The upload took longer than its permission lasts, or it waited too long before it began.',
      remedy: 'Try again: every try gets a new permission. On a slow line, compress the file first.',
      details: [],
    };
  }
  if (code === 'SlowDown' || code === 'ServiceUnavailable' || status === 503) {
    return {
      title: 'The store is busy',
      message: 'It did not take the file.',
      remedy: 'Wait a moment and try again.',
      details: [],
    };
  }
  return {
    title: 'The store refused the file',
    message: message === '' ? `The store answered with HTTP ${status}.` : message,
    remedy: 'Try again; if it goes on, tell the operator what is shown here.',
    details: [{ name: 'store answer', value: code === undefined ? `HTTP ${status}` : `HTTP ${status}, ${code}` }],
  };
}

function xmlText(xml: string, element: string): string | undefined {
  return new RegExp(`<${element}>([^<]*)</${element}>`).exec(xml)?.[1]?.trim();
}
