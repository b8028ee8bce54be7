// When a new API key expires.

/** ISO 8601 in UTC. */
export function expiryAfterDays(days: number, now: Date): string {
  return new Date(now.getTime() + days * 86_400_000).toISOString();
}
