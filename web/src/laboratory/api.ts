// The laboratory's endpoints that the pages use: samples, deliveries and their review, partners, the organization.

import type { z } from 'zod';
import type {
  addMember,
  createSample,
  member,
  Organization,
  Sample,
  sampleListItem,
  setMemberRole,
} from '../../../domain/http.ts';
import type {
  createdPartner,
  createdServiceToken,
  createPartner,
  createServiceToken,
  Partner,
  ServiceToken,
  WebhookEndpoint,
  webhookMessage,
} from '../../../domain/http-partners.ts';
import type {
  createDelegation,
  createDelivery,
  decide,
  decided,
  Delegation,
  Delivery,
  DeliveryListItem,
  DeliverySample,
  Review,
  ReviewedSample,
  SignedDecision,
} from '../../../domain/http-review.ts';
import type { DeliveryState } from '../../../domain/review.ts';
import { call, queryOf, type PageOf } from '../api.ts';

export type SampleListItem = z.infer<typeof sampleListItem>;
export type Member = z.infer<typeof member>;
export type CreatedPartner = z.infer<typeof createdPartner>;
export type WebhookMessage = z.infer<typeof webhookMessage>;
export type DecisionBody = z.input<typeof decide>;
export type {
  Delegation,
  Delivery,
  DeliveryListItem,
  DeliverySample,
  Organization,
  Partner,
  Review,
  ReviewedSample,
  Sample,
  ServiceToken,
  SignedDecision,
  WebhookEndpoint,
};

const at = (...parts: string[]): string => `/${parts.map((part) => encodeURIComponent(part)).join('/')}`;

// ---- Samples

export const listSamples = (page: PageOf): Promise<{ samples: SampleListItem[]; next: string | null }> =>
  call('GET', `/samples?${queryOf(page)}`, { signal: page.signal });

export const createSampleOf = (body: z.input<typeof createSample>): Promise<{ sample_id: string }> =>
  call('POST', '/samples', { body });

/** With the patient for those who may read it: each call is a reading, and is written into the audit log. */
export const readSample = (sampleId: string): Promise<Sample> => call('GET', at('samples', sampleId));

export const erasePatientOf = (sampleId: string): Promise<unknown> =>
  call('DELETE', at('samples', sampleId, 'patient'));

// ---- Deliveries and review

export function listDeliveries(
  page: PageOf & { state?: DeliveryState | undefined },
): Promise<{ deliveries: DeliveryListItem[]; next: string | null }> {
  const query = queryOf(page);
  if (page.state !== undefined) query.set('state', page.state);
  return call('GET', `/deliveries?${query}`, { signal: page.signal });
}

export const createDeliveryOf = (body: z.input<typeof createDelivery>): Promise<{ delivery_id: string }> =>
  call('POST', '/deliveries', { body });

export function getDelivery(
  deliveryId: string,
  page: { sampleCursor: string | undefined; limit: number; signal: AbortSignal },
): Promise<Delivery> {
  const query = new URLSearchParams({ limit: String(page.limit) });
  if (page.sampleCursor !== undefined) query.set('sample_cursor', page.sampleCursor);
  return call('GET', `${at('deliveries', deliveryId)}?${query}`, { signal: page.signal });
}

export const releaseDelivery = (deliveryId: string): Promise<unknown> =>
  call('POST', at('deliveries', deliveryId, 'release'));

export const recallDelivery = (deliveryId: string): Promise<unknown> =>
  call('POST', at('deliveries', deliveryId, 'recall'));

/** A sample of a delivery, by its address. */
export interface SampleRef {
  deliveryId: string;
  sampleId: string;
}

const atSample = ({ deliveryId, sampleId }: SampleRef, ...more: string[]): string =>
  at('deliveries', deliveryId, 'samples', sampleId, ...more);

/** Each call is noted in the audit log: who looked at which result. */
export const getReviewedSample = (ref: SampleRef, signal?: AbortSignal): Promise<ReviewedSample> =>
  call('GET', atSample(ref), { signal });

export const decideOn = (ref: SampleRef, body: DecisionBody): Promise<z.infer<typeof decided>> =>
  call('POST', atSample(ref, 'decisions'), { body });

export const claimSample = (ref: SampleRef): Promise<unknown> => call('POST', atSample(ref, 'claim'));

export const releaseSample = (ref: SampleRef): Promise<unknown> => call('POST', atSample(ref, 'release'));

export const listReviews = (page: PageOf): Promise<{ reviews: Review[]; next: string | null }> =>
  call('GET', `/reviews?${queryOf(page)}`, { signal: page.signal });

// ---- Delegations

export const listDelegations = (): Promise<{ delegations: Delegation[] }> => call('GET', '/delegations');

export const createDelegationTo = (body: z.input<typeof createDelegation>): Promise<unknown> =>
  call('POST', '/delegations', { body });

export const endDelegation = (delegationId: string): Promise<unknown> =>
  call('DELETE', at('delegations', delegationId));

// ---- Organization

export const getOrganization = (): Promise<Organization> => call('GET', '/organization');

export const addMemberBy = (body: z.input<typeof addMember>): Promise<Member> =>
  call('POST', '/organization/members', { body });

export const setRoleOf = (userId: string, body: z.input<typeof setMemberRole>): Promise<Member> =>
  call('PUT', at('organization', 'members', userId), { body });

export const removeMember = (userId: string): Promise<unknown> => call('DELETE', at('organization', 'members', userId));

// ---- Partners

export const listPartners = (page: PageOf): Promise<{ partners: Partner[]; next: string | null }> =>
  call('GET', `/partners?${queryOf(page)}`, { signal: page.signal });

export const getPartner = (partnerId: string): Promise<Partner> => call('GET', at('partners', partnerId));

/** The answer holds the secrets, which are never shown again. */
export const createPartnerOf = (body: z.input<typeof createPartner>): Promise<CreatedPartner> =>
  call('POST', '/partners', { body });

export const disablePartner = (partnerId: string): Promise<unknown> => call('DELETE', at('partners', partnerId));

export const listPartnerTokens = (partnerId: string): Promise<{ tokens: ServiceToken[] }> =>
  call('GET', at('partners', partnerId, 'tokens'));

export const createPartnerToken = (
  partnerId: string,
  body: z.input<typeof createServiceToken>,
): Promise<z.infer<typeof createdServiceToken>> => call('POST', at('partners', partnerId, 'tokens'), { body });

export const revokePartnerToken = (partnerId: string, tokenId: string): Promise<unknown> =>
  call('DELETE', at('partners', partnerId, 'tokens', tokenId));

// ---- Webhook endpoints

export interface EndpointRef {
  partnerId: string;
  endpointId: string;
}

const atEndpoint = ({ partnerId, endpointId }: EndpointRef, ...more: string[]): string =>
  at('partners', partnerId, 'webhooks', endpointId, ...more);

export const listEndpoints = (partnerId: string): Promise<{ endpoints: WebhookEndpoint[] }> =>
  call('GET', at('partners', partnerId, 'webhooks'));

export const addEndpoint = (partnerId: string, url: string): Promise<{ endpoint_id: string; webhook_secret: string }> =>
  call('POST', at('partners', partnerId, 'webhooks'), { body: { url } });

export const changeEndpointUrl = (ref: EndpointRef, url: string): Promise<WebhookEndpoint> =>
  call('PUT', atEndpoint(ref), { body: { url } });

export const removeEndpoint = (ref: EndpointRef): Promise<unknown> => call('DELETE', atEndpoint(ref));

export const rotateEndpointSecret = (ref: EndpointRef): Promise<{ webhook_secret: string }> =>
  call('POST', atEndpoint(ref, 'rotate'));

export const enableEndpoint = (ref: EndpointRef): Promise<WebhookEndpoint> => call('POST', atEndpoint(ref, 'enable'));

export const testEndpoint = (ref: EndpointRef): Promise<unknown> => call('POST', atEndpoint(ref, 'test'));

export const listWebhookMessages = (
  ref: EndpointRef,
  page: PageOf,
): Promise<{ messages: WebhookMessage[]; next: string | null }> =>
  call('GET', `${atEndpoint(ref, 'messages')}?${queryOf(page)}`, { signal: page.signal });

export const resendMessage = (ref: EndpointRef, messageId: string): Promise<unknown> =>
  call('POST', atEndpoint(ref, 'messages', messageId, 'resend'));
