// One upload from the first request to its job: asks for permission, sends the bytes, and learns which job began.

import { finishMultipartUpload, listAnnotations, startUpload, type MultipartUpload, type PostUpload } from '../api.ts';
import { problemOf, type Problem } from '../problem.ts';
import { mayRetryPart, partRanges, problemOfStoreAnswer, type PartRange, type UploadAllowance } from './plan.ts';
import { postForm, putPart, TransportError, type StoreAnswer } from './transport.ts';

const PARTS_AT_ONCE = 3;
const TRIES_PER_PART = 3;

export interface SendRequest {
  file: File;
  genome: string;
  allowance: UploadAllowance;
  signal: AbortSignal;
  /** Called with the bytes that have left so far, of `file.size`. */
  onSent: (sentBytes: number) => void;
}

/** `jobId` is null when the file arrived but the answer that names its job was lost. */
export interface Sent {
  jobId: string | null;
}

/** A refusal or failure that the person is told about. */
export class SendError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.message);
    this.name = 'SendError';
    this.problem = problem;
  }
}

/** Throws SendError, or the signal's reason when it was aborted. */
export async function sendFile(request: SendRequest): Promise<Sent> {
  try {
    const { file, genome, signal } = request;
    const answer = await startUpload({ file_name: file.name, size_bytes: file.size, genome }, signal);
    return 'parts' in answer.upload
      ? await sendInParts(answer.upload, request)
      : await sendAsForm(answer.upload, answer.input_file, request);
  } catch (error) {
    if (request.signal.aborted || error instanceof SendError) throw error;
    if (error instanceof TransportError) throw new SendError(brokenOff());
    throw new SendError(problemOf(error));
  }
}

async function sendAsForm(upload: PostUpload, inputFile: string, request: SendRequest): Promise<Sent> {
  // The form around the file counts as sent bytes too, hence the cap.
  const onSent = (sentBytes: number) => request.onSent(Math.min(sentBytes, request.file.size));
  let answer: StoreAnswer;
  try {
    answer = await postForm(upload.url, upload.fields, request.file, { signal: request.signal, onSent });
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    const jobId = await findJobOf(inputFile);
    if (jobId !== null || error.allSent) return { jobId };
    throw new SendError(lostSight());
  }
  const jobId = jobIdIn(answer.body);
  if (jobId !== null) return { jobId };
  if (answer.status >= 200 && answer.status < 300) return { jobId: await findJobOf(inputFile) };
  throw new SendError(problemOfRefusal(answer, request.allowance));
}

/** Looks once for the job of an upload whose answer was lost; null when it is not listed yet. */
async function findJobOf(inputFile: string): Promise<string | null> {
  const { jobs } = await listAnnotations({ limit: 20 }).catch(() => ({ jobs: [] }));
  return jobs.find((job) => job.input_file === inputFile)?.job_id ?? null;
}

function jobIdIn(body: string): string | null {
  const answer = parseJson(body);
  return typeof answer === 'object' && answer !== null && 'job_id' in answer && typeof answer.job_id === 'string'
    ? answer.job_id
    : null;
}

/** The refusal is S3's XML, or the gateway's JSON when it came after the redirect. */
function problemOfRefusal(answer: StoreAnswer, allowance: UploadAllowance): Problem {
  const body = parseJson(answer.body);
  if (typeof body === 'object' && body !== null && 'error' in body) {
    const { error } = body;
    if (typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string') {
      return {
        title: 'The file arrived, but its job did not start',
        message: error.message,
        remedy: 'Start a job from the file on the page Files.',
        details: [],
      };
    }
  }
  return problemOfStoreAnswer(answer.status, answer.body, allowance);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function sendInParts(upload: MultipartUpload, request: SendRequest): Promise<Sent> {
  const ranges = partRanges(request.file.size, upload.part_size, upload.parts);
  const sentBytesOf = new Map<number, number>();
  const report = (number: number, sentBytes: number) => {
    sentBytesOf.set(number, sentBytes);
    request.onSent([...sentBytesOf.values()].reduce((sum, bytes) => sum + bytes, 0));
  };
  // The first part that fails for good stops the others.
  const stop = new AbortController();
  const signal = AbortSignal.any([request.signal, stop.signal]);
  const waiting = ranges[Symbol.iterator]();
  const done: { number: number; etag: string }[] = [];
  const lane = async () => {
    for (const range of waiting) {
      const onSent = (sentBytes: number) => report(range.number, sentBytes);
      done.push({ number: range.number, etag: await sendPart(range, { ...request, signal, onSent }) });
    }
  };
  try {
    await Promise.all(Array.from({ length: PARTS_AT_ONCE }, lane));
  } catch (error) {
    stop.abort();
    throw error;
  }
  done.sort((left, right) => left.number - right.number);
  const { job_id } = await finishMultipartUpload(pathOf(upload.complete_url), { parts: done }, request.signal);
  return { jobId: job_id ?? null };
}

/** The gateway may be reached under more names than the one that it calls itself; the session belongs to this one. */
function pathOf(url: string): string {
  const { pathname, search } = new URL(url, window.location.href);
  return pathname + search;
}

async function sendPart(range: PartRange, request: SendRequest): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const bytes = request.file.slice(range.startByte, range.endByte);
      const answer = await putPart(range.url, bytes, { signal: request.signal, onSent: request.onSent });
      if (answer.status >= 200 && answer.status < 300) return etagOf(answer);
      if (!mayRetryPart(answer.status) || attempt === TRIES_PER_PART) {
        throw new SendError(problemOfStoreAnswer(answer.status, answer.body, request.allowance));
      }
    } catch (error) {
      if (!(error instanceof TransportError) || attempt === TRIES_PER_PART) throw error;
    }
    request.onSent(0);
    await pause(1000 * 2 ** attempt, request.signal);
  }
}

function etagOf(answer: StoreAnswer): string {
  if (answer.etag !== null) return answer.etag;
  throw new SendError({
    title: 'The upload cannot be completed',
    message: 'The store does not tell the page the checksum (ETag) of a part.',
    remedy: 'Tell the operator: the CORS rule of the bucket for inputs must expose the header ETag.',
    details: [],
  });
}

/** The file may or may not have arrived, and the page cannot know. */
function lostSight(): Problem {
  return {
    title: 'The store did not confirm the file',
    message:
      'The connection broke off before the answer came. If the file arrived all the same, its job shows up in the ' +
      'list of jobs within a minute.',
    remedy: 'Look at the list first; if the job is not there, try again.',
    details: [],
    way: { label: 'Open the list of jobs', to: '/jobs' },
  };
}

function brokenOff(): Problem {
  return {
    title: 'The upload broke off',
    message: 'The connection was lost, or the file could not be read any more.',
    remedy: 'Check the connection and that the file is still there, then try again.',
    details: [],
  };
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    signal.addEventListener('abort', stop, { once: true });
  });
}
