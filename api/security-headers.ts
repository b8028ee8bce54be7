// The headers that tell a browser what an answer of ours may do, and who may use it.

import { randomBytes } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import type { Env } from './context.ts';

const HSTS_SECONDS = 2 * 365 * 24 * 3600;

/** What none of our pages does. Writing to the clipboard is not in it: keys are copied. */
const FORBIDDEN_FEATURES = [
  'accelerometer',
  'browsing-topics',
  'camera',
  'display-capture',
  'geolocation',
  'gyroscope',
  'hid',
  'magnetometer',
  'microphone',
  'midi',
  'payment',
  'serial',
  'usb',
];

/** An answer that is no page shows nothing and loads nothing, should a browser be made to open it. */
const NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Sets them before the route answers, which may say otherwise; errors carry them too. */
export function securityHeaders({ publicUrl }: { publicUrl: string }): MiddlewareHandler<Env> {
  const headers: [string, string][] = [
    ['Content-Security-Policy', NOTHING],
    ['Cross-Origin-Opener-Policy', 'same-origin'],
    // Asks nothing of who reads with CORS, as a page does after the store's redirect.
    ['Cross-Origin-Resource-Policy', 'same-origin'],
    ['Origin-Agent-Cluster', '?1'],
    ['Permissions-Policy', FORBIDDEN_FEATURES.map((feature) => `${feature}=()`).join(', ')],
    // Addresses of pages have ids in them. Our own requests keep it, and with it their Origin.
    ['Referrer-Policy', 'same-origin'],
    ['X-Content-Type-Options', 'nosniff'],
    ['X-Frame-Options', 'DENY'],
    ['X-Permitted-Cross-Domain-Policies', 'none'],
  ];
  if (publicUrl.startsWith('https:')) {
    headers.push(['Strict-Transport-Security', `max-age=${HSTS_SECONDS}; includeSubDomains`]);
  }
  return async (c, next) => {
    for (const [name, value] of headers) c.header(name, value);
    await next();
  };
}

/** The content security policy of one answer with a page; the page carries the same nonce. */
export type PagePolicy = (nonce: string) => string;

/** `storeOrigin`: where files are sent to. */
export function createPagePolicy(storeOrigin: string): PagePolicy {
  return (nonce) =>
    [
      "default-src 'none'",
      "script-src 'self'",
      // Style sheets are files of ours, or elements that the page's own script makes and marks.
      `style-src 'self' 'nonce-${nonce}'`,
      "img-src 'self' data:",
      "font-src 'self'",
      `connect-src 'self' ${storeOrigin}`,
      "manifest-src 'self'",
      `form-action 'self' ${storeOrigin}`,
      "base-uri 'none'",
      "frame-ancestors 'none'",
      "object-src 'none'",
    ].join('; ');
}

export const newNonce = (): string => randomBytes(16).toString('base64');

/** Buckets are hosts of their own at AWS, and paths elsewhere. */
export const storeOriginOf = (settings: { S3_ENDPOINT?: string | undefined; AWS_REGION: string }): string =>
  settings.S3_ENDPOINT === undefined
    ? `https://*.s3.${settings.AWS_REGION}.amazonaws.com`
    : new URL(settings.S3_ENDPOINT).origin;
