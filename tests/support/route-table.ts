// Every route there is, by what keeps strangers from it; and for those of a laboratory, what each role is answered.

import { randomUUID } from 'node:crypto';
import type { Role } from '../../domain/principal.ts';

/** For anybody, or known by a signature or an upload's own secret; asserted where these are tested. */
export const PUBLIC = [
  'GET /health',
  'GET /health/ready',
  'GET /auth/login',
  'GET /auth/callback',
  'GET /annotate/uploaded',
  'POST /webhooks/storage',
  'POST /webhooks/stripe',
];
/** They name no object: each answers with, or changes, what is the caller's own. `GET` is asked below. */
export const OF_THE_CALLER = [
  'POST /auth/logout',
  'GET /me',
  'GET /references',
  'POST /uploads',
  'GET /annotate/files',
  'GET /annotations',
  'POST /api-keys',
  'GET /api-keys',
  'GET /subscription',
  'POST /subscription',
  'DELETE /subscription',
  'POST /subscription/portal',
  'GET /subscription/invoices',
  'GET /subscription/restores',
];
/** In `isolation.test.ts`: another user's is 404. */
export const OF_ONE_USER = [
  'POST /uploads/{input_file}/complete',
  'POST /annotations',
  'GET /annotations/{job_id}',
  'DELETE /annotations/{job_id}',
  'DELETE /annotations/{job_id}/data',
  'PUT /annotations/{job_id}/retention',
  'GET /annotations/{job_id}/result',
  'GET /annotations/{job_id}/index',
  'GET /annotations/{job_id}/log',
  'GET /annotations/{job_id}/provenance',
  'GET /annotations/{job_id}/events',
  'POST /annotations/{job_id}/restore',
  'DELETE /api-keys/{api_key_id}',
];
/** In `review-matrix.test.ts`, for every role. */
export const OF_THE_REVIEW = [
  'POST /deliveries',
  'GET /deliveries',
  'GET /deliveries/{delivery_id}',
  'GET /deliveries/{delivery_id}/samples/{sample_id}',
  'GET /deliveries/{delivery_id}/samples/{sample_id}/log',
  'POST /deliveries/{delivery_id}/samples/{sample_id}/decisions',
  'POST /deliveries/{delivery_id}/samples/{sample_id}/claim',
  'POST /deliveries/{delivery_id}/samples/{sample_id}/release',
  'POST /deliveries/{delivery_id}/release',
  'POST /deliveries/{delivery_id}/recall',
  'GET /reviews',
  'POST /delegations',
  'GET /delegations',
  'DELETE /delegations/{delegation_id}',
];
/** For a program of the operator: it tells numbers of the whole installation, and names nobody. */
export const OF_THE_OPERATOR = ['GET /internal/v1/status'];

export type Ids = Readonly<Record<string, string>>;

export interface Route {
  route: string;
  body?: (of: Ids) => unknown;
  /** What each role is answered in its own laboratory. */
  own: Record<Role, number>;
  /** From another laboratory, for each role; 404 unless this says otherwise. A list (200) must name nothing of the other. */
  foreign?: Record<Role, number>;
  /**
   * With row-level security alone, for who may do it; 404 unless this says otherwise. Acts on members run as the system,
   * which sees every row, and so do reading and ending a partner's tokens: what stands before them is that the laboratory
   * of the caller (403), or the partner (404), cannot be seen.
   */
  unseen?: number;
}

export const all = (status: number): Record<Role, number> => ({
  member: status,
  technical: status,
  licensed: status,
  director: status,
  admin: status,
});
const admins = (status: number): Record<Role, number> => ({ ...all(403), admin: status });

const PARTNER = '/partners/{partner_id}';
const ENDPOINT = `${PARTNER}/webhooks/{endpoint_id}`;
/** In this order, which leaves what is taken away for the last. */
export const ROUTES: readonly Route[] = [
  // Whoever is signed in has an organization: that there is none to be seen is nobody's fault but ours.
  { route: 'GET /organization', own: all(200), foreign: all(200), unseen: 500 },
  {
    route: 'POST /organization/members',
    body: ({ address }) => ({ email: address }),
    own: admins(201),
    foreign: admins(409),
    unseen: 403,
  },
  {
    route: 'PUT /organization/members/{user_id}',
    body: () => ({ role: 'technical' }),
    own: admins(200),
    foreign: admins(404),
    unseen: 403,
  },
  { route: 'DELETE /organization/members/{user_id}/sessions', own: admins(200), foreign: admins(404), unseen: 403 },
  { route: 'DELETE /organization/members/{user_id}', own: admins(200), foreign: admins(404), unseen: 403 },
  {
    route: 'POST /samples',
    body: ({ job }) => ({ barcode: randomUUID(), job_id: job }),
    own: all(201),
    unseen: 403,
  },
  { route: 'GET /samples', own: all(200), foreign: all(200), unseen: 200 },
  { route: 'GET /samples/{sample_id}', own: all(200) },
  { route: 'DELETE /samples/{sample_id}/patient', own: { ...all(403), director: 200, admin: 200 } },
  // Who reads it is recorded there, which no stranger can do.
  { route: 'GET /audit', own: admins(200), foreign: admins(200), unseen: 500 },
  {
    route: 'POST /partners',
    body: () => ({ name: `Partner ${randomUUID()}` }),
    own: admins(201),
    foreign: admins(201),
    unseen: 403,
  },
  { route: 'GET /partners', own: all(200), foreign: all(200), unseen: 200 },
  { route: `GET ${PARTNER}`, own: all(200) },
  { route: `POST ${PARTNER}/tokens`, body: () => ({}), own: admins(201) },
  { route: `GET ${PARTNER}/tokens`, own: admins(200) },
  { route: `DELETE ${PARTNER}/tokens/{token_id}`, own: admins(200) },
  { route: `POST ${PARTNER}/webhooks`, body: ({ url }) => ({ url }), own: admins(201) },
  { route: `GET ${PARTNER}/webhooks`, own: admins(200) },
  { route: `GET ${ENDPOINT}`, own: admins(200) },
  { route: `PUT ${ENDPOINT}`, body: ({ url }) => ({ url }), own: admins(200) },
  { route: `POST ${ENDPOINT}/rotate`, own: admins(200) },
  { route: `POST ${ENDPOINT}/enable`, own: admins(200) },
  { route: `POST ${ENDPOINT}/test`, own: admins(202) },
  { route: `GET ${ENDPOINT}/messages`, own: admins(200) },
  { route: `POST ${ENDPOINT}/messages/{message_id}/resend`, own: admins(202) },
  { route: `DELETE ${ENDPOINT}`, own: admins(200) },
  { route: `DELETE ${PARTNER}`, own: admins(200) },
];

/** With the token of a partner, in another partner's hands, and with row-level security alone. */
export const PARTNER_API = [
  // That a partner reads its list is recorded, which no stranger can do.
  { route: 'GET /partner/v1/deliveries', foreign: 200, unseen: 500 },
  { route: 'GET /partner/v1/deliveries/{delivery_id}', foreign: 404, unseen: 404 },
  { route: 'GET /partner/v1/deliveries/{delivery_id}/manifest', foreign: 404, unseen: 404 },
  { route: 'POST /partner/v1/deliveries/{delivery_id}/acknowledge', foreign: 404, unseen: 404 },
];
