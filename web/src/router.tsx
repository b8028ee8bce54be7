// The page routes. The gateway answers each of them with index.html, and so a browser at an address that nobody knows.

import { createRootRoute, createRoute, createRouter } from '@tanstack/react-router';
import { JOB_STATUSES, type JobStatus } from '../../domain/jobs.ts';
import { DELIVERY_STATES, type DeliveryState } from '../../domain/review.ts';
import { AccountPage } from './account/AccountPage.tsx';
import { failureOf } from './account/sign-in-failure.ts';
import { SignInFailedPage } from './account/SignInFailedPage.tsx';
import { AuditPage } from './audit/AuditPage.tsx';
import { auditSearchOf } from './audit/search.ts';
import { BillingPage } from './billing/BillingPage.tsx';
import { DeliveryListPage } from './deliveries/DeliveryListPage.tsx';
import { DeliveryPage } from './deliveries/DeliveryPage.tsx';
import { NewDeliveryPage } from './deliveries/NewDeliveryPage.tsx';
import { FilesPage } from './files/FilesPage.tsx';
import { JobListPage } from './jobs/JobListPage.tsx';
import { JobPage } from './jobs/JobPage.tsx';
import { CrashPage, NotFoundPage, WholeCrashPage } from './layout/StrayPages.tsx';
import { Shell } from './layout/Shell.tsx';
import { WelcomePage } from './layout/WelcomePage.tsx';
import { OrganizationPage } from './organization/OrganizationPage.tsx';
import { PartnerListPage } from './partners/PartnerListPage.tsx';
import { PartnerPage } from './partners/PartnerPage.tsx';
import { ReviewedSamplePage } from './review/ReviewedSamplePage.tsx';
import { ReviewListPage } from './review/ReviewListPage.tsx';
import { SampleListPage } from './samples/SampleListPage.tsx';
import { UploadPage } from './upload/UploadPage.tsx';

const root = createRootRoute({ component: Shell, notFoundComponent: NotFoundPage, errorComponent: WholeCrashPage });

const welcome = createRoute({ getParentRoute: () => root, path: '/', component: WelcomePage });

const annotate = createRoute({ getParentRoute: () => root, path: '/annotate', component: UploadPage });

const jobs = createRoute({
  getParentRoute: () => root,
  path: '/jobs',
  validateSearch: (search): { status?: JobStatus } => {
    const status = JOB_STATUSES.find((known) => known === search['status']);
    return status === undefined ? {} : { status };
  },
  component: function Jobs() {
    return <JobListPage status={jobs.useSearch().status} />;
  },
});

const job = createRoute({
  getParentRoute: () => root,
  path: '/jobs/$jobId',
  component: function OneJob() {
    const { jobId } = job.useParams();
    // Another job is another page: nothing typed or opened for one may stay for the next.
    return <JobPage key={jobId} jobId={jobId} />;
  },
});

const files = createRoute({ getParentRoute: () => root, path: '/files', component: FilesPage });

const account = createRoute({ getParentRoute: () => root, path: '/account', component: AccountPage });

const CHECKOUT_RETURNS = ['success', 'cancelled'] as const;

const billing = createRoute({
  getParentRoute: () => root,
  path: '/billing',
  validateSearch: (search): { checkout?: (typeof CHECKOUT_RETURNS)[number] } => {
    const checkout = CHECKOUT_RETURNS.find((known) => known === search['checkout']);
    return checkout === undefined ? {} : { checkout };
  },
  component: function Billing() {
    return <BillingPage returned={billing.useSearch().checkout} />;
  },
});

const reviews = createRoute({ getParentRoute: () => root, path: '/reviews', component: ReviewListPage });

const deliveries = createRoute({
  getParentRoute: () => root,
  path: '/deliveries',
  validateSearch: (search): { state?: DeliveryState } => {
    const state = DELIVERY_STATES.find((known) => known === search['state']);
    return state === undefined ? {} : { state };
  },
  component: function Deliveries() {
    return <DeliveryListPage state={deliveries.useSearch().state} />;
  },
});

const newDelivery = createRoute({
  getParentRoute: () => root,
  path: '/deliveries/new',
  component: NewDeliveryPage,
});

const delivery = createRoute({
  getParentRoute: () => root,
  path: '/deliveries/$deliveryId',
  component: function OneDelivery() {
    const { deliveryId } = delivery.useParams();
    return <DeliveryPage key={deliveryId} deliveryId={deliveryId} />;
  },
});

const reviewedSample = createRoute({
  getParentRoute: () => root,
  path: '/deliveries/$deliveryId/samples/$sampleId',
  component: function OneReviewedSample() {
    const ref = reviewedSample.useParams();
    // Nothing typed, signed or shown of one sample may stay for the next.
    return <ReviewedSamplePage key={`${ref.deliveryId} ${ref.sampleId}`} {...ref} />;
  },
});

const samples = createRoute({ getParentRoute: () => root, path: '/samples', component: SampleListPage });

const partners = createRoute({ getParentRoute: () => root, path: '/partners', component: PartnerListPage });

const partner = createRoute({
  getParentRoute: () => root,
  path: '/partners/$partnerId',
  component: function OnePartner() {
    const { partnerId } = partner.useParams();
    return <PartnerPage key={partnerId} partnerId={partnerId} />;
  },
});

const organization = createRoute({ getParentRoute: () => root, path: '/organization', component: OrganizationPage });

const audit = createRoute({
  getParentRoute: () => root,
  path: '/audit',
  validateSearch: auditSearchOf,
  component: function Audit() {
    return <AuditPage search={audit.useSearch()} />;
  },
});

const signInFailed = createRoute({
  getParentRoute: () => root,
  path: '/sign-in-failed',
  validateSearch: failureOf,
  component: function SignInFailed() {
    return <SignInFailedPage failure={signInFailed.useSearch()} />;
  },
});

/** Every address that no other route knows; the gateway answers it with status 404. */
const stray = createRoute({ getParentRoute: () => root, path: '$', component: NotFoundPage });

export function createPagesRouter() {
  return createRouter({
    routeTree: root.addChildren([
      ...[welcome, annotate, jobs, job, files, account, billing],
      ...[reviews, deliveries, newDelivery, delivery, reviewedSample, samples, partners, partner, organization, audit],
      ...[signInFailed, stray],
    ]),
    defaultErrorComponent: CrashPage,
    // As the gateway has it.
    caseSensitive: true,
    scrollRestoration: true,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createPagesRouter>;
  }
}
