// The two that must answer alike about the delivery review: Postgres, and the model in memory.

import { randomUUID } from 'node:crypto';
import { and, asc, eq, sql } from 'drizzle-orm';
import { createRecordsActivities, type RecordsActivities } from '../../activities/records/activities.ts';
import {
  createReviewRecordsActivities,
  type Reviewer,
  type ReviewRecordsActivities,
  type ReviewRef,
} from '../../activities/records/review.ts';
import { createDelivery } from '../../db/deliveries.ts';
import { principalOf } from '../../db/identity.ts';
import { requestErasure, submitJob } from '../../db/jobs.ts';
import {
  decisions,
  delegations,
  deliveries,
  deliverySamples,
  jobs,
  organizations,
  partners,
  samples,
  uploads,
  users,
  webhookEndpoints,
  webhookMessages,
} from '../../db/schema/index.ts';
import { createUpload } from '../../db/uploads.ts';
import { jobId, messageId, sampleId, uploadId, type DeliveryId, type JobId, type SampleId } from '../../domain/ids.ts';
import type { Plan } from '../../domain/plans.ts';
import { system, type Role } from '../../domain/principal.ts';
import type { Decision, ReviewLevel } from '../../domain/review.ts';
import { createMemoryLaboratory } from '../support/models/memory-laboratory.ts';
import { createMemoryRecords } from '../support/models/memory-records.ts';
import { createMemoryReview } from '../support/models/memory-review.ts';
import { createMemoryTables } from '../support/models/memory-tables.ts';
import { ownDatabase } from '../support/own-database.ts';

export const SETTINGS = {
  signatureMaxAgeSeconds: 900,
  reminderSeconds: 24 * 3600,
  escalationSeconds: 72 * 3600,
  claimSeconds: 8 * 3600,
};
export const RETENTION_SECONDS = 300;

export interface DecisionSeen {
  level: ReviewLevel;
  decision: Decision;
  userId: string;
  onBehalfOf: string | null;
  checksum: string;
  round: number;
}

export interface ReviewSubject {
  records: RecordsActivities & ReviewRecordsActivities;
  addMember(role: Role, plan?: Plan): Promise<Reviewer>;
  /** Of another organization. */
  addForeigner(role: Role): Promise<Reviewer>;
  setRole(who: Reviewer, role: Role): Promise<void>;
  delegate(from: Reviewer, to: Reviewer, days: { from: number; to: number }): Promise<void>;
  submit(owner: Reviewer): Promise<JobId>;
  requestErasure(owner: Reviewer, id: JobId): Promise<void>;
  addSample(owner: Reviewer, id: JobId): Promise<SampleId>;
  /** To a partner with so many webhook endpoints. */
  addDelivery(by: Reviewer, ids: readonly SampleId[], endpoints?: number): Promise<DeliveryId>;
  /** The partner of the delivery is disabled, or each of its endpoints is. */
  disable(what: 'partner' | 'endpoints', of: DeliveryId): Promise<void>;
  /** The input of the job is removed from the store. */
  removeInput(id: JobId): Promise<void>;
  look(ref: ReviewRef): Promise<{
    claimedBy: string | null;
    isOpen: boolean;
    reannotationFailure: string | null;
    jobId: JobId;
    decisions: DecisionSeen[];
  }>;
  job(id: JobId): Promise<{ owner: string; genome: string; consequenceMode: string; expires: boolean }>;
  /** A claim on it is as old as it can be, and older. */
  expireClaim(ref: ReviewRef): Promise<void>;
  failureOf(id: DeliveryId): Promise<string | null>;
  /** What its partner's endpoints were to be told, in the order of the alphabet. */
  messagesOf(id: DeliveryId): Promise<string[]>;
  close(): Promise<void>;
}

export async function inMemory(): Promise<ReviewSubject> {
  const tables = createMemoryTables(() => Date.now());
  const model = createMemoryRecords({ retentionSeconds: RETENTION_SECONDS, tables });
  const review = createMemoryReview({ ...SETTINGS, tables, queueMessage: () => messageId(randomUUID()) });
  const { laboratory } = review;
  return {
    records: { ...model.activities, ...review.activities },
    addMember: async (role, plan) => laboratory.addMember(role, plan),
    addForeigner: async (role) => {
      const { userId } = laboratory.addMember(role);
      const { organizationId } = createMemoryLaboratory(tables);
      tables.user(userId).organizationId = organizationId;
      return { kind: 'user', userId, organizationId };
    },
    setRole: async (who, role) => laboratory.setRole(who.userId, role),
    delegate: async (from, to, days) =>
      laboratory.delegate(from.userId, to.userId, {
        startsAtMs: Date.now() + days.from * DAY_MS,
        endsAtMs: Date.now() + days.to * DAY_MS,
      }),
    submit: async ({ userId }) => {
      const job = { jobId: jobId(randomUUID()), inputFile: randomUUID(), etag: '"1"', inputSizeBytes: 5 };
      return model.add(job, tables.user(userId).plan, userId).jobId;
    },
    requestErasure: async (_owner, id) => {
      if (tables.isHeld(id)) throw new Error('held');
      model.job(id).isEraseRequested = true;
    },
    addSample: async (_owner, id) => review.addSample(model.job(id)),
    addDelivery: async (_by, ids, endpoints = 0) =>
      review.addDelivery(ids, { endpoints: Array.from({ length: endpoints }, () => () => 'takes') }),
    disable: async (what, of) => {
      Object.assign(review.delivery(of), what === 'partner' ? { isPartnerDisabled: true } : { isMute: true });
    },
    removeInput: async (id) => void (model.job(id).isInputErased = true),
    look: async (ref) => {
      const { claimedBy, isOpen, reannotationFailure } = review.review(ref);
      const sample = review.tables.samples.get(ref.sample);
      if (!sample) throw new Error('no such sample');
      const made = review.tables.decisions.filter((one) => one.delivery === ref.delivery && one.sample === ref.sample);
      return {
        claimedBy,
        isOpen,
        reannotationFailure,
        jobId: sample.jobId,
        decisions: made.map(({ level, decision, userId, onBehalfOf, checksum, round }) => {
          return { level, decision, userId, onBehalfOf, checksum, round };
        }),
      };
    },
    job: async (id) => {
      const { userId, genome, consequenceMode, resultExpiresAtMs } = model.job(id);
      return { owner: userId, genome, consequenceMode, expires: resultExpiresAtMs !== null };
    },
    expireClaim: async (ref) => void (review.review(ref).claimedUntilMs = Date.now()),
    failureOf: async (id) => review.delivery(id).releaseFailure,
    messagesOf: async (id) =>
      review
        .messagesOf(id)
        .map(({ event }) => event)
        .toSorted(),
    close: async () => {},
  };
}

const DAY_MS = 24 * 3600 * 1000;

export async function inPostgres(): Promise<ReviewSubject> {
  const own = await ownDatabase();
  const { database } = own;
  const asSystem = system('test');
  const addOrganization = async () => {
    const organizationId = randomUUID();
    await database.write(asSystem, (tx) =>
      tx.insert(organizations).values({ organizationId, name: 'Laboratory', kind: 'laboratory' }),
    );
    return organizationId;
  };
  const addUser = async (organizationId: string, role: Role, plan: Plan = 'premium'): Promise<Reviewer> => {
    const user = { userId: randomUUID(), organizationId };
    const identity = { issuer: 'http://issuer.test', subject: user.userId, email: 'someone@varloom.test' };
    await database.write(asSystem, (tx) => tx.insert(users).values({ ...user, ...identity, role, plan }));
    return principalOf(user);
  };
  const laboratory = await addOrganization();
  const records = {
    ...createRecordsActivities({ database, principal: () => asSystem, retentionSeconds: RETENTION_SECONDS }),
    ...createReviewRecordsActivities({ ...SETTINGS, database, principal: () => asSystem }),
  };
  const one = <T>(rows: T[]): T => {
    const [row] = rows;
    if (row === undefined) throw new Error('no such row');
    return row;
  };
  const isReview = ({ delivery, sample }: ReviewRef) =>
    and(eq(deliverySamples.deliveryId, delivery), eq(deliverySamples.sampleId, sample));

  return {
    records,
    addMember: (role, plan) => addUser(laboratory, role, plan),
    addForeigner: async (role) => addUser(await addOrganization(), role),
    setRole: async (who, role) => {
      await database.write(asSystem, (tx) => tx.update(users).set({ role }).where(eq(users.userId, who.userId)));
    },
    delegate: async (from, to, days) => {
      const at = (day: number) => sql`now() + make_interval(days => ${day}::int)`;
      await database.write(asSystem, (tx) =>
        tx.insert(delegations).values({
          delegationId: randomUUID(),
          organizationId: laboratory,
          userId: from.userId,
          delegateId: to.userId,
          startsAt: at(days.from),
          endsAt: at(days.to),
        }),
      );
    },
    submit: async (owner) => {
      const upload = uploadId(randomUUID());
      await createUpload(database, owner, {
        uploadId: upload,
        fileName: 'a.vcf',
        genome: null,
        source: 'api',
        sizeLimitBytes: 10 * 1024 ** 2,
        multipartUploadId: null,
        expiresAt: new Date(Date.now() + 1000),
      });
      const object = { etag: '"1"', sizeBytes: 5 };
      const request = { uploadId: upload, object, genome: 'demo', consequenceMode: 'auto', source: 'api' } as const;
      return jobId((await submitJob(database, owner, request)).jobId);
    },
    requestErasure: async (owner, id) => void (await requestErasure(database, owner, id)),
    addSample: async (owner, id) => {
      const sample = sampleId(randomUUID());
      const { userId: createdBy, organizationId } = owner;
      await database.write(owner, (tx) =>
        tx.insert(samples).values({ sampleId: sample, organizationId, barcode: sample, jobId: id, createdBy }),
      );
      return sample;
    },
    addDelivery: async (by, sampleIds, endpoints = 0) => {
      const owned = { organizationId: laboratory, partnerId: randomUUID() };
      await database.write(asSystem, async (tx) => {
        await tx.insert(partners).values({ ...owned, name: owned.partnerId });
        for (let index = 0; index < endpoints; index++) {
          const url = `https://partner.test/${index}`;
          await tx.insert(webhookEndpoints).values({ ...owned, endpointId: randomUUID(), url, secrets: [] });
        }
      });
      return createDelivery(database, by, { partnerId: owned.partnerId, sampleIds });
    },
    disable: async (what, of) => {
      await database.write(asSystem, async (tx) => {
        const { partnerId } = one(await tx.select().from(deliveries).where(eq(deliveries.deliveryId, of)));
        const disabledAt = new Date();
        if (what === 'partner') await tx.update(partners).set({ disabledAt }).where(eq(partners.partnerId, partnerId));
        else {
          const failing = { disabledAt, disabledReason: 'failing' };
          await tx.update(webhookEndpoints).set(failing).where(eq(webhookEndpoints.partnerId, partnerId));
        }
      });
    },
    removeInput: async (id) => {
      await database.write(asSystem, async (tx) => {
        const { uploadId: upload } = one(await tx.select().from(jobs).where(eq(jobs.jobId, id)));
        await tx
          .update(uploads)
          .set({ removedAt: sql`now()` })
          .where(eq(uploads.uploadId, upload));
      });
    },
    look: (ref) =>
      database.write(asSystem, async (tx) => {
        const { claimedBy, isOpen, reannotationFailure } = one(
          await tx.select().from(deliverySamples).where(isReview(ref)),
        );
        const sample = one(await tx.select().from(samples).where(eq(samples.sampleId, ref.sample)));
        const { level, decision, userId, onBehalfOf, checksum, round } = decisions;
        const made = await tx
          .select({ level, decision, userId, onBehalfOf, checksum, round })
          .from(decisions)
          .where(and(eq(decisions.deliveryId, ref.delivery), eq(decisions.sampleId, ref.sample)))
          .orderBy(asc(decisions.sequence));
        return { claimedBy, isOpen, reannotationFailure, jobId: jobId(sample.jobId), decisions: made };
      }),
    job: (id) =>
      database.write(asSystem, async (tx) => {
        const job = one(await tx.select().from(jobs).where(eq(jobs.jobId, id)));
        const { userId: owner, genome, consequenceMode, resultExpiresAt } = job;
        return { owner, genome, consequenceMode, expires: resultExpiresAt !== null };
      }),
    expireClaim: async (ref) => {
      const claimedAt = sql`now() - make_interval(secs => ${SETTINGS.claimSeconds + 1}::float8)`;
      await database.write(asSystem, (tx) => tx.update(deliverySamples).set({ claimedAt }).where(isReview(ref)));
    },
    messagesOf: (id) =>
      database.write(asSystem, async (tx) => {
        const isOfIt = sql`${webhookMessages.payload} #>> '{data,delivery_id}' = ${id}`;
        const rows = await tx.select({ event: webhookMessages.eventType }).from(webhookMessages).where(isOfIt);
        return rows.map(({ event }) => event).toSorted();
      }),
    failureOf: (id) =>
      database.write(
        asSystem,
        async (tx) => one(await tx.select().from(deliveries).where(eq(deliveries.deliveryId, id))).releaseFailure,
      ),
    close: async () => {
      await own.close();
    },
  };
}
