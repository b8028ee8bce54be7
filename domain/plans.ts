// What each plan allows. Limits that an operator may set come from settings; the rest is fixed here.

export const PLANS = ['free', 'premium'] as const;
export type Plan = (typeof PLANS)[number];

/** Results of these plans are archived when their retention window ends. */
export function archivesResults(plan: Plan): boolean {
  switch (plan) {
    case 'free':
      return true;
    case 'premium':
      return false;
  }
}

export interface UploadLimits {
  free: number;
  premium: number;
}

/** The largest input, in bytes, that an owner on `plan` may upload. */
export function uploadLimitBytes(plan: Plan, limits: UploadLimits): number {
  return limits[plan];
}

/** Temporal task priority: 1 is served first, 5 last; 3 is the server's default. */
export function priorityKey(plan: Plan): number {
  switch (plan) {
    case 'premium':
      return 2;
    case 'free':
      return 4;
  }
}

/** S3 takes no single POST, PUT or copy above this size; larger inputs are uploaded and copied in parts. */
export const SINGLE_REQUEST_LIMIT_BYTES = 5 * 1024 ** 3;
