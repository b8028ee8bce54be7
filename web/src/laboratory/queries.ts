// What the laboratory's pages read, by TanStack Query, with the reason for each refetch beside it.

import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { DeliveryState } from '../../../domain/review.ts';
import { useMe, usePages } from '../queries.ts';
import { inSteadOf, type Reviewer } from '../review/standing.ts';
import * as api from './api.ts';

const SAMPLES_PER_PAGE = 100;
// The cast only widens: cursors of later pages are strings.
const FIRST_PAGE = undefined as string | undefined;

export const laboratoryKeys = {
  organization: ['organization'],
  delegations: ['delegations'],
  samples: ['samples'],
  reviews: ['reviews'],
  deliveries: ['deliveries'],
  delivery: (deliveryId: string) => ['delivery', deliveryId],
  reviewedSample: ({ deliveryId, sampleId }: api.SampleRef) => ['reviewed-sample', deliveryId, sampleId],
  partners: ['partners'],
  partner: (partnerId: string) => ['partner', partnerId],
  tokens: (partnerId: string) => ['partner', partnerId, 'tokens'],
  endpoints: (partnerId: string) => ['partner', partnerId, 'endpoints'],
  messages: ({ partnerId, endpointId }: api.EndpointRef) => ['partner', partnerId, 'messages', endpointId],
} as const;

export function useOrganization() {
  const me = useMe();
  return useQuery({
    // Another person, another organization.
    queryKey: [...laboratoryKeys.organization, me.data?.user_id ?? ''],
    queryFn: api.getOrganization,
    enabled: me.data != null,
    staleTime: 60_000,
  });
}

export const useDelegations = (isEnabled: boolean) =>
  useQuery({ queryKey: laboratoryKeys.delegations, queryFn: api.listDelegations, enabled: isEnabled });

/** Who the person is in the review: their role, and in whose stead they decide now. Undefined until it is known. */
export function useReviewer(): Reviewer | undefined {
  const me = useMe().data;
  const organization = useOrganization().data;
  const delegations = useDelegations(organization?.kind === 'laboratory').data?.delegations;
  if (me == null || organization === undefined) return undefined;
  if (organization.kind === 'laboratory' && delegations === undefined) return undefined;
  const inStead = inSteadOf(me.user_id, delegations ?? [], organization.members, Date.now());
  return { userId: me.user_id, role: me.role, inStead };
}

export const useSamples = () => usePages(laboratoryKeys.samples, api.listSamples);

/** Others decide and claim meanwhile. */
export const useReviews = () => usePages(laboratoryKeys.reviews, api.listReviews, () => 15_000);

export const useDeliveries = (state: DeliveryState | undefined) =>
  usePages(
    [...laboratoryKeys.deliveries, state ?? 'all'],
    (page) => api.listDeliveries({ ...page, state }),
    (pages) => (pages.some((page) => page.deliveries.some(movesByItself)) ? 3_000 : false),
  );

const movesByItself = ({ state }: { state: DeliveryState }): boolean => state === 'releasing';

/** The delivery with its samples page by page; each page tells the state and the counts anew. */
export const useDelivery = (deliveryId: string, isEnabled = true) =>
  useInfiniteQuery({
    queryKey: laboratoryKeys.delivery(deliveryId),
    queryFn: ({ pageParam, signal }) =>
      api.getDelivery(deliveryId, { sampleCursor: pageParam, limit: SAMPLES_PER_PAGE, signal }),
    initialPageParam: FIRST_PAGE,
    getNextPageParam: (last) => last.next ?? undefined,
    enabled: isEnabled,
    refetchInterval: ({ state: { data } }) => {
      const first = data?.pages[0];
      if (first === undefined) return false;
      return refetchDeliveryAfter(first);
    },
  });

/** Milliseconds until a delivery is worth reading again; false when nothing happens to it any more. */
export function refetchDeliveryAfter({ state, sample_counts }: Pick<api.Delivery, 'state' | 'sample_counts'>) {
  switch (state) {
    case 'releasing':
      return 2_000;
    case 'in_review':
      return sample_counts.reannotating > 0 ? 4_000 : 15_000;
    case 'ready':
    case 'released':
      return 15_000;
    case 'acknowledged':
    case 'recalled':
    case 'closed':
      return false;
  }
}

/** Read once, and again after an act: each reading is noted in the audit log, so none happens by itself. */
export const useReviewedSample = (ref: api.SampleRef) =>
  useQuery({
    queryKey: laboratoryKeys.reviewedSample(ref),
    queryFn: ({ signal }) => api.getReviewedSample(ref, signal),
    staleTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });

export const usePartners = () => usePages(laboratoryKeys.partners, api.listPartners);

export const usePartner = (partnerId: string) =>
  useQuery({ queryKey: laboratoryKeys.partner(partnerId), queryFn: () => api.getPartner(partnerId) });

export const usePartnerTokens = (partnerId: string) =>
  useQuery({ queryKey: laboratoryKeys.tokens(partnerId), queryFn: () => api.listPartnerTokens(partnerId) });

export const useEndpoints = (partnerId: string) =>
  useQuery({
    queryKey: laboratoryKeys.endpoints(partnerId),
    queryFn: () => api.listEndpoints(partnerId),
    refetchInterval: 15_000,
  });

export const useWebhookMessages = (ref: api.EndpointRef) =>
  usePages(
    laboratoryKeys.messages(ref),
    (page) => api.listWebhookMessages(ref, page),
    (pages) => (pages.some((page) => page.messages.some(({ state }) => state === 'pending')) ? 2_000 : 15_000),
  );
