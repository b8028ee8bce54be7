// What the pages read, by TanStack Query: one hook per resource, with the reason for each refetch beside it.

import {
  MutationCache,
  QueryCache,
  QueryClient,
  useInfiniteQuery,
  useQuery,
  type UseQueryResult,
} from '@tanstack/react-query';
import { hasEnded, type JobStatus } from '../../domain/jobs.ts';
import {
  ApiError,
  getAnnotation,
  getMe,
  getSubscription,
  listAnnotations,
  listApiKeys,
  listFailedRestores,
  listFiles,
  listInvoices,
  listReferences,
  type Job,
  type JobListItem,
  type Me,
  type PageOf,
  type Subscription,
} from './api.ts';

const ROWS_PER_PAGE = 25;
/** What failed to be restored may be asked for again: here, on its job's page, in another window. */
export const FAILED_RESTORES_POLL_MS = 10_000;
// The cast only widens: cursors of later pages are strings.
const FIRST_PAGE = undefined as string | undefined;

export const queryKeys = {
  me: ['me'],
  subscription: ['subscription'],
  invoices: ['invoices'],
  failedRestores: ['failed-restores'],
  references: ['references'],
  files: ['files'],
  apiKeys: ['api-keys'],
  jobs: ['jobs'],
  job: (jobId: string) => ['job', jobId],
} as const;

/**
 * A 401 anywhere means that the session is over: `me` becomes null and the pages offer to sign in. But for a sign-in that
 * is only too old for a signature: the form that was signed stays, and offers the way itself.
 */
export function createQueryClient(): QueryClient {
  const noticeSignOut = (error: Error) => {
    const isOver = error instanceof ApiError && error.status === 401 && error.type !== 'sign_in_again';
    if (isOver) client.setQueryData(queryKeys.me, null);
  };
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError: noticeSignOut }),
    mutationCache: new MutationCache({ onError: noticeSignOut }),
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        // A refusal stays a refusal; only a missing answer or a server's fault is worth another try.
        retry: (failures, error) =>
          failures < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
      },
    },
  });
  return client;
}

/** Who is signed in; null when nobody is. */
export function useMe(): UseQueryResult<Me | null> {
  return useQuery({
    queryKey: queryKeys.me,
    queryFn: async () => {
      try {
        return await getMe();
      } catch (error) {
        if (error instanceof ApiError && error.status === 401) return null;
        throw error;
      }
    },
    staleTime: 60_000,
  });
}

/** `pollMilliseconds`: how soon it is read again, by what was read; false when it does not change by itself. */
export const useSubscription = (pollMilliseconds: (subscription: Subscription) => number | false = () => false) =>
  useQuery({
    queryKey: queryKeys.subscription,
    queryFn: getSubscription,
    refetchInterval: ({ state: { data } }) => (data === undefined ? false : pollMilliseconds(data)),
  });

/** A list, page by page. `refetchMilliseconds`: how soon it is read again, by what was read; false when not at all. */
export const usePages = <Page extends { next: string | null }>(
  queryKey: readonly unknown[],
  read: (page: PageOf) => Promise<Page>,
  refetchMilliseconds: (pages: readonly Page[]) => number | false = () => false,
) =>
  useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => read({ cursor: pageParam, limit: ROWS_PER_PAGE, signal }),
    initialPageParam: FIRST_PAGE,
    getNextPageParam: (last) => last.next ?? undefined,
    refetchInterval: ({ state: { data } }) => (data === undefined ? false : refetchMilliseconds(data.pages)),
  });

export const useInvoices = () => usePages(queryKeys.invoices, listInvoices);

export const useFailedRestores = () => usePages(queryKeys.failedRestores, listFailedRestores);

export const useReferences = () =>
  useQuery({ queryKey: queryKeys.references, queryFn: listReferences, staleTime: 300_000 });

export const useFiles = () => usePages(queryKeys.files, listFiles);

export const useApiKeys = () => useQuery({ queryKey: queryKeys.apiKeys, queryFn: listApiKeys });

/** Jobs move on by themselves while any of them is under way. */
export const useJobs = (status: JobStatus | undefined) =>
  usePages(
    [...queryKeys.jobs, status ?? 'all'],
    (page) => listAnnotations({ ...page, status }),
    (pages) => (pages.some((page) => page.jobs.some(movesByItself)) ? 4_000 : false),
  );

const movesByItself = ({ job_status, result_state }: JobListItem): boolean =>
  !hasEnded(job_status) || result_state === 'archiving' || result_state === 'restoring';

/** `eventsLost`: no event stream could be had, so that only asking again shows what happens. */
export function useJob(jobId: string, eventsLost: boolean): UseQueryResult<Job> {
  return useQuery({
    queryKey: queryKeys.job(jobId),
    queryFn: ({ signal }) => getAnnotation(jobId, signal),
    refetchInterval: (query) => {
      const job = query.state.data;
      return job === undefined ? false : refetchAfter(job, eventsLost, Date.now());
    },
  });
}

/** Milliseconds until the job is worth reading again, or false when it does not change by itself. */
export function refetchAfter(job: Job, eventsLost: boolean, nowMilliseconds: number): number | false {
  if (!hasEnded(job.job_status)) return eventsLost ? 4_000 : false;
  if (job.result_state === 'archiving' || job.result_state === 'restoring') return 5_000;
  if (job.result_state === 'archived' && job.restore?.state === 'waiting') return 5_000;
  if (job.result_state === 'archived' && job.restore?.state === 'failed') return FAILED_RESTORES_POLL_MS;
  if (job.result_state === 'live' && job.result_expires_at !== undefined) {
    // The event stream ended with the job; the archiving comes later, at a time that is known.
    const untilExpiry = Date.parse(job.result_expires_at) - nowMilliseconds;
    return Math.min(Math.max(untilExpiry + 1_000, 2_000), 60_000);
  }
  return false;
}
