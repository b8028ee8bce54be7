// Failures on demand, for tests: an answer that is late, an error, or lost, before or after the act was done.
import { z } from 'zod';

export const faultShape = z
  .strictObject({
    /** A regular expression that the request's `METHOD /path` must match. */
    path_pattern: z.string().min(1),
    /** Answer this instead. */
    status: z.int().min(400).max(599).optional(),
    /** Close the connection without an answer. */
    drop: z.boolean().optional(),
    delay_ms: z.int().min(0).max(60_000).optional(),
    /** How many requests it meets. */
    times: z.int().min(1).default(1),
    /** `before`: the act is not done; `after`: it is done, and only its answer suffers. */
    when: z.enum(['before', 'after']).default('before'),
  })
  .refine(({ status, drop, delay_ms: delay }) => status !== undefined || drop || delay !== undefined, {
    message: 'needs status, drop or delay_ms',
  })
  .refine(({ path_pattern: pattern }) => isPattern(pattern), { message: 'path_pattern is no regular expression' });
export type Fault = z.input<typeof faultShape>;
type ReadFault = z.output<typeof faultShape>;

export interface LoggedRequest {
  at: string;
  method: string;
  path: string;
  idempotency_key: string | null;
  /** Of the answer; null when it was lost or is not given yet. */
  status: number | null;
  replayed: boolean;
}

const KEPT_REQUESTS = 5000;

export class Faults {
  #faults: ReadFault[] = [];

  add(fault: Fault): void {
    this.#faults.push(faultShape.parse(fault));
  }

  clear(): void {
    this.#faults = [];
  }

  /** The first fault for this request; it counts as used. */
  take(request: string): ReadFault | undefined {
    const found = this.#faults.find(({ path_pattern: pattern }) => new RegExp(pattern).test(request));
    if (found && (found.times -= 1) === 0) this.#faults = this.#faults.filter((fault) => fault !== found);
    return found;
  }
}

/** The latest requests to the API, oldest first. */
export class RequestLog {
  readonly #requests: LoggedRequest[] = [];

  begin(method: string, path: string, idempotencyKey: string | null): LoggedRequest {
    const at = new Date().toISOString();
    const request = { at, method, path, idempotency_key: idempotencyKey, status: null, replayed: false };
    this.#requests.push(request);
    if (this.#requests.length > KEPT_REQUESTS) this.#requests.shift();
    return request;
  }

  all(): LoggedRequest[] {
    return structuredClone(this.#requests);
  }
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp;
  } catch {
    return false;
  }
}
