// Sizes, counts and times as a person reads them.

const counts = new Intl.NumberFormat('en');

/** `1234567` → `1,234,567`. */
export function formatCount(count: number): string {
  return counts.format(count);
}

/** Binary units, as the limits of the plans are: `10485760` → `10 MiB`. */
export function formatBytes(sizeBytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let size = sizeBytes;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  // A size just above a limit must not read as the limit itself, so small figures keep two decimals.
  const rounded = unit === 0 || size >= 100 ? Math.round(size) : Math.round(size * 100) / 100;
  return `${rounded} ${units[unit] ?? ''}`;
}

/** The share of `part` in `whole`, such as `12.5 %`; `0 %` when there is nothing to share. */
export function formatShare(part: number, whole: number): string {
  if (whole === 0) return '0 %';
  const percent = (part / whole) * 100;
  if (part > 0 && percent < 0.1) return '< 0.1 %';
  return `${Math.round(percent * 10) / 10} %`;
}

/** `2900`, `eur` → `€29.00`: from the currency's smallest unit. */
export function formatMoney(amount: number, currency: string, locale?: string): string {
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency: currency.toUpperCase() });
  // Not every currency has cents.
  return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}

/**
 * A moment in the reader's language and time zone, unless told otherwise; which zone that is stands with it, as partners and
 * colleagues may be in another one: `22 Nov 2026, 08:30 CET`.
 */
export function formatMoment(iso: string, where: { locale?: string; timeZone?: string } = {}): string {
  return new Intl.DateTimeFormat(where.locale, {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
    timeZoneName: 'short',
    ...(where.timeZone === undefined ? {} : { timeZone: where.timeZone }),
  }).format(new Date(iso));
}

/** A length of time in its largest fitting unit: `5 minutes`, `1 day`, `less than a minute`. */
export function formatDuration(seconds: number): string {
  if (seconds < 60) return 'less than a minute';
  // Rounded before the unit is chosen: an hour less a second is `1 hour`, not `60 minutes`.
  const minutes = Math.round(seconds / 60);
  const hours = Math.round(seconds / 3600);
  if (minutes < 60) return countOf(minutes, 'minute');
  return hours < 24 ? countOf(hours, 'hour') : countOf(Math.round(seconds / 86_400), 'day');
}

/** `1 minute`, `5 minutes`. */
export const countOf = (count: number, unit: string): string =>
  `${formatCount(count)} ${unit}${count === 1 ? '' : 's'}`;

/** Enough of an ID to tell those of one list apart. */
export const formatShortId = (id: string): string => id.slice(0, 8);

/** How long an answer took: below a second every millisecond tells something. */
export function formatAnswerTime(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : formatElapsed(milliseconds);
}

/** How long something took: `0.8 s`, `42 s`, `3 min 5 s`, `2 h 10 min`. */
export function formatElapsed(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
