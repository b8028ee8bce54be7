// The list of what a log line may hold. Add a field here when no person, file, variant or secret can be in it.

export const LOG_FIELDS: ReadonlySet<string> = new Set([
  // Which line, of which process.
  'name',
  'pid',
  'hostname',
  'err',
  // For whom, and as part of what.
  'trace_id',
  'span_id',
  'request_id',
  'principal_id',
  'workflow_id',
  'run_id',
  'workflow_type',
  'activity',
  'activity_id',
  'attempt',
  'is_local',
  'task_queue',
  'namespace',
  'worker_id',
  'sdk_component',
  // A request.
  'method',
  'route',
  'status',
  'duration_ms',
  'request_bytes',
  'response_bytes',
  'reason',
  // What it was about: ids of ours, and words of closed sets.
  'job_id',
  'upload_id',
  'organization_id',
  'delivery_id',
  'sample_id',
  'message_id',
  'event',
  'type',
  'kind',
  'needs',
  'undo',
  'users',
  'topic',
  'work',
  'mode',
  'phase',
  'records',
  'size_bytes',
  'count',
  'is_new',
  // A process: where it listens, what it works on, what it tidied up.
  'port',
  'public_url',
  'queues',
  'removed',
  'signal',
  'version',
  'build_id',
  'lost_spans',
  'left_out',
]);

/** What the Temporal SDK calls otherwise than we do. */
const ALIASES: Readonly<Record<string, string>> = { activity_type: 'activity', error: 'err' };

const STRING_LIMIT = 500;
const LIST_LIMIT = 50;

export interface AllowedFields {
  fields: Record<string, unknown>;
  /** Names only. */
  leftOut: string[];
}

/** The fields of a line that are on the list, in snake_case. An object is no value: what it holds is on no list. */
export function allowed(given: Record<string, unknown>): AllowedFields {
  const fields: Record<string, unknown> = {};
  const leftOut: string[] = [];
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const snake = key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    const name = ALIASES[snake] ?? snake;
    const plain = name === 'err' ? value : plainOf(value);
    if (LOG_FIELDS.has(name) && plain !== undefined) fields[name] = plain;
    // A key that was made at run time may be private itself.
    else leftOut.push(/^\w{1,40}$/.test(snake) ? snake : '?');
  }
  return { fields, leftOut };
}

function plainOf(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.slice(0, LIST_LIMIT).map(scalarOf);
    return items.includes(undefined) ? undefined : items;
  }
  return scalarOf(value);
}

function scalarOf(value: unknown): string | number | boolean | null | undefined {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return value;
  if (typeof value === 'bigint') return String(value);
  return typeof value === 'string' ? value.slice(0, STRING_LIMIT) : undefined;
}
