// The filters of the audit log as they stand in the page's address, and as the API wants them.

export interface AuditSearch {
  /** A kind of entity, `delivery`, or one of it, `delivery/<id>`. */
  entity?: string;
  actor?: string;
  /** Days of the reader's calendar, `2026-01-31`; the last one is included. */
  from?: string;
  to?: string;
}

const LIMIT = 200;

/** What of an address's search is a filter; anything else is left out. */
export function auditSearchOf(search: Record<string, unknown>): AuditSearch {
  const text = (name: string) => {
    const value = search[name];
    return typeof value === 'string' && value.trim() !== '' && value.length <= LIMIT ? value.trim() : undefined;
  };
  const day = (name: string) => {
    const value = text(name);
    return value !== undefined && startOf(value) !== undefined ? value : undefined;
  };
  const [entity, actor, from, to] = [text('entity'), text('actor'), day('from'), day('to')];
  return {
    ...(entity === undefined ? {} : { entity }),
    ...(actor === undefined ? {} : { actor }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
}

/** An entity as the filter shows it. The id may have a slash in it, the kind has none. */
export function partsOfEntity(entity = ''): { kind: string; id: string } {
  const [kind = '', ...id] = entity.split('/');
  return { kind, id: id.join('/') };
}

export const entityOf = (kind: string, id: string): string => (id.trim() === '' ? kind : `${kind}/${id.trim()}`);

export const isFiltered = (search: AuditSearch): boolean => Object.keys(search).length > 0;

/** The query of `GET /audit`. */
export function auditQueryOf({ entity, actor, from, to }: AuditSearch): URLSearchParams {
  const query = new URLSearchParams();
  if (entity !== undefined) query.set('entity', entity);
  if (actor !== undefined) query.set('actor', actor);
  const [begin, end] = [startOf(from), startOf(to, 1)];
  if (begin) query.set('from', begin.toISOString());
  if (end) query.set('to', end.toISOString());
  return query;
}

/** Midnight of a day where the reader is, `daysLater` days on; undefined for what is no day. */
function startOf(day: string | undefined, daysLater = 0): Date | undefined {
  const [, year, month, date] = /^([1-9]\d{3})-(\d\d)-(\d\d)$/.exec(day ?? '') ?? [];
  if (year === undefined) return undefined;
  const start = new Date(Number(year), Number(month) - 1, Number(date));
  // The 30th of February would be a day of March.
  if (start.getMonth() !== Number(month) - 1 || start.getDate() !== Number(date)) return undefined;
  return new Date(start.getFullYear(), start.getMonth(), start.getDate() + daysLater);
}
