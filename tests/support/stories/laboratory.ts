// The seeded laboratory and a partner of it: a delivery through review, step by step, each by whom it is for.

import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { z } from 'zod';
import * as partners from '../../../domain/http-partners.ts';
import * as reviews from '../../../domain/http-review.ts';
import { deliveryId, sampleId, workflowIds } from '../../../domain/ids.ts';
import { levelAbove, type DeliveryState, type ReviewLevel } from '../../../domain/review.ts';
import { programWith, signIn, type Program, type RunningStack } from '../program.ts';
import type { PartnerProgram } from './partner-programs.ts';
import { awaited } from './story.ts';

export interface Laboratory {
  member: Program;
  admin: Program;
  reviewers: Record<ReviewLevel, Program>;
}

export async function laboratoryOf(stack: RunningStack): Promise<Laboratory> {
  const as = (name: string) => signIn(stack, `${name}@varloom.test`);
  const [member, admin, technical, licensed, director] = await Promise.all([
    as('premium'),
    as('admin'),
    as('tech'),
    as('licensed'),
    as('director'),
  ]);
  return { member, admin, reviewers: { technical, licensed, director } };
}

export interface Partner {
  id: string;
  /** Of its webhook endpoint. */
  endpointId: string;
  secret: string;
  /** What its own program may ask. */
  program: Program;
}

export async function addPartner({ admin }: Laboratory, stack: RunningStack, at: PartnerProgram): Promise<Partner> {
  const shape = partners.createdPartner.extend({ endpoint_id: z.uuid(), webhook_secret: z.string() });
  const asked = { name: `Partner ${randomUUID()}`, webhook_url: at.url };
  const made = await admin.ask('POST', '/partners', { status: 201, shape }, asked);
  const { partner_id: id, endpoint_id: endpointId, webhook_secret: secret, token } = made;
  return { id, endpointId, secret, program: programWith(token, stack.stack.api) };
}

/** A delivery of one sample. */
export interface Delivery {
  id: string;
  sample: string;
  /** SHA-256 of the result that is reviewed. */
  checksum: string;
}

/** Puts a new sample of a completed annotation into review. */
export async function putIntoReview({ member }: Laboratory, partner: Partner, job: string): Promise<Delivery> {
  const sampleMade = { status: 201, shape: z.object({ sample_id: z.uuid() }) };
  const named = { barcode: `S-${randomUUID()}`, job_id: job };
  const { sample_id: sample } = await member.ask('POST', '/samples', sampleMade, named);
  const deliveryMade = { status: 201, shape: z.object({ delivery_id: z.uuid() }) };
  const asked = { partner_id: partner.id, sample_ids: [sample] };
  const { delivery_id: id } = await member.ask('POST', '/deliveries', deliveryMade, asked);
  const { samples } = await readDelivery(member, id);
  return { id, sample, checksum: z.string().parse(samples[0]?.result_checksum) };
}

/** The reviewer of this level accepts, and signs. */
export async function accept(
  { reviewers }: Laboratory,
  level: ReviewLevel,
  { id, sample, checksum }: Delivery,
): Promise<void> {
  const decision = { level, decision: 'accept', result_checksum: checksum };
  const path = `/deliveries/${id}/samples/${sample}/decisions`;
  const above = levelAbove(level);
  const expected = above ? { state: 'in_review', level: above } : { state: 'accepted', level };
  expect(await reviewers[level].ask('POST', path, { shape: reviews.decided }, decision)).toMatchObject(expected);
}

/** A director hands over what is accepted. */
export async function release({ member, reviewers }: Laboratory, delivery: Delivery): Promise<void> {
  await inDeliveryState(member, delivery, 'ready');
  const shape = z.object({ state: z.literal('releasing') });
  await reviewers.director.ask('POST', `/deliveries/${delivery.id}/release`, { shape });
}

/** The partner's program says that it has arrived: its saga ends. */
export async function acknowledge({ member }: Laboratory, { program }: Partner, delivery: Delivery): Promise<void> {
  const shape = z.object({ state: z.literal('acknowledged') });
  await program.ask('POST', `/partner/v1/deliveries/${delivery.id}/acknowledge`, { shape });
  await inDeliveryState(member, delivery, 'acknowledged');
}

export const inDeliveryState = (program: Program, { id }: Delivery, state: DeliveryState) =>
  awaited(
    `delivery ${id} to be ${state}`,
    async () => (await readDelivery(program, id)).state,
    (found) => found === state,
  );

/** Of one sample: who has decided, from the first level up. */
export async function decisionsOf(program: Program, { id }: Delivery): Promise<{ level: ReviewLevel; by: string }[]> {
  const { samples } = await readDelivery(program, id);
  return (samples[0]?.decisions ?? []).map(({ level, by }) => ({ level, by }));
}

export const reviewIds = ({ id, sample }: Delivery): string[] => [
  workflowIds.delivery(deliveryId(id)),
  workflowIds.review(sampleId(sample)),
];

const readDelivery = (program: Program, id: string) =>
  program.ask('GET', `/deliveries/${id}`, { shape: reviews.delivery });
