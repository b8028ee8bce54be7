// Identifiers: branded, opaque, and made in one place. Workflow ids are what an operator searches for.

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

export type JobId = Branded<'JobId'>;
export type UploadId = Branded<'UploadId'>;
export type UserId = Branded<'UserId'>;
export type OrganizationId = Branded<'OrganizationId'>;
export type ApiKeyId = Branded<'ApiKeyId'>;
export type SampleId = Branded<'SampleId'>;
export type DeliveryId = Branded<'DeliveryId'>;
export type PartnerId = Branded<'PartnerId'>;
export type EndpointId = Branded<'EndpointId'>;
export type MessageId = Branded<'MessageId'>;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** True for a UUID in lower-case canonical form, the form of every id that we make. */
export function isId(text: string): boolean {
  return UUID.test(text);
}

function parse<Id extends string>(kind: string, text: string): Id {
  if (!isId(text)) throw new TypeError(`${kind} is not a UUID`);
  // The check above is what makes the brand true.
  return text as Id;
}

export const jobId = (text: string): JobId => parse<JobId>('job id', text);
export const uploadId = (text: string): UploadId => parse<UploadId>('upload id', text);
export const userId = (text: string): UserId => parse<UserId>('user id', text);
export const organizationId = (text: string): OrganizationId => parse<OrganizationId>('organization id', text);
export const sampleId = (text: string): SampleId => parse<SampleId>('sample id', text);
export const deliveryId = (text: string): DeliveryId => parse<DeliveryId>('delivery id', text);
export const partnerId = (text: string): PartnerId => parse<PartnerId>('partner id', text);
export const endpointId = (text: string): EndpointId => parse<EndpointId>('webhook endpoint id', text);
export const messageId = (text: string): MessageId => parse<MessageId>('webhook message id', text);
export const apiKeyId = (text: string): ApiKeyId => parse<ApiKeyId>('API key id', text);

/** The one place where workflow ids are spelled. */
export const workflowIds = {
  annotation: (job: JobId): string => `annotation/${job}`,
  erasure: (job: JobId): string => `erasure/${job}`,
  /** One id for upgrade and downgrade, so that they never run side by side. */
  subscription: (user: UserId): string => `subscription/${user}`,
  restore: (job: JobId): string => `restore/${job}`,
  /** Archiving a result apart from its annotation: after a downgrade, or in repair. */
  archive: (job: JobId): string => `archive/${job}`,
  delivery: (delivery: DeliveryId): string => `delivery/${delivery}`,
  /** A sample is in one open delivery at a time. */
  review: (sample: SampleId): string => `review/${sample}`,
  webhook: (message: MessageId): string => `webhook/${message}`,
} as const;

/** Ids of the Temporal Schedules; Temporal appends the time of each run to the workflow id. */
export const scheduleIds = {
  tendJobs: 'tend-jobs',
  tendSubscriptions: 'tend-subscriptions',
  tendWebhooks: 'tend-webhooks',
  tendDeliveries: 'tend-deliveries',
  cleanUp: 'clean-up',
  reconcile: 'reconcile',
  reconcileStore: 'reconcile-store',
  auditCheckpoint: 'audit-checkpoint',
} as const;
