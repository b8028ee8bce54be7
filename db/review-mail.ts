// Mail about a delivery and its review: to whom it goes, claimed before it is sent, and recorded when it was.

import { and, asc, eq, inArray, isNull, or, sql } from 'drizzle-orm';
import type { DeliveryId, SampleId } from '../domain/ids.ts';
import { SAGAS, type Principal, type Role } from '../domain/principal.ts';
import type { ReviewLevel } from '../domain/review.ts';
import { recordChange } from './changes.ts';
import type { Database, Transaction } from './client.ts';
import { delegatesOf } from './delegations.ts';
import { isDecidedElsewhereBy } from './delivery-view.ts';
import type { MailClaim } from './mail-claims.ts';
import { claimOccasion } from './occasion-mail.ts';
import {
  deliveries,
  deliverySamples,
  mailMessages,
  organizations,
  partners,
  users,
  type ReviewMailKind,
} from './schema/index.ts';

export interface Recipient {
  userId: string;
  organizationId: string;
  /** Where the message goes: the user's own address, or the partner's for whom they released. */
  to: string;
  name: string | null;
}

const recipient = { userId: users.userId, organizationId: users.organizationId, to: users.email, name: users.name };

/** Who may decide about the sample at this level now: in the role or as a delegate, and at no other level before. */
export async function reviewersOf(
  database: Database,
  principal: Principal,
  { delivery, sample, level }: { delivery: DeliveryId; sample: SampleId; level: ReviewLevel },
): Promise<Recipient[]> {
  return database.write(principal, async (tx) => {
    const organizationId = await organizationOf(tx, delivery);
    const delegates = (await delegatesOf(tx, organizationId, level)).map(({ userId }) => userId);
    return tx
      .select(recipient)
      .from(users)
      .innerJoin(deliverySamples, and(eq(deliverySamples.deliveryId, delivery), eq(deliverySamples.sampleId, sample)))
      .where(
        and(
          eq(users.organizationId, organizationId),
          or(eq(users.role, level), delegates.length > 0 ? inArray(users.userId, delegates) : undefined),
          sql`not ${isDecidedElsewhereBy(users.userId)}`,
        ),
      )
      .orderBy(asc(users.userId));
  });
}

/** The members with these roles, of the organization whose delivery it is. */
export async function membersOf(
  database: Database,
  principal: Principal,
  delivery: DeliveryId,
  roles: readonly Role[],
): Promise<Recipient[]> {
  return database.write(principal, async (tx) =>
    tx
      .select(recipient)
      .from(users)
      .where(and(eq(users.organizationId, await organizationOf(tx, delivery)), inArray(users.role, [...roles])))
      .orderBy(asc(users.userId)),
  );
}

export interface PartnerRecipient extends Recipient {
  laboratory: string;
}

/** The partner's address, under the name of the director who released; undefined when it has none, or is disabled. */
export async function partnerOf(
  database: Database,
  principal: Principal,
  delivery: DeliveryId,
): Promise<PartnerRecipient | undefined> {
  return database.write(principal, async (tx) => {
    const [row] = await tx
      .select({
        delivery: deliveries,
        to: partners.email,
        name: partners.name,
        disabledAt: partners.disabledAt,
        laboratory: organizations.name,
      })
      .from(deliveries)
      .innerJoin(partners, eq(partners.partnerId, deliveries.partnerId))
      .innerJoin(organizations, eq(organizations.organizationId, deliveries.organizationId))
      .where(eq(deliveries.deliveryId, delivery));
    if (!row) throw new Error(`there is no delivery ${delivery}`);
    if (row.disabledAt !== null) return undefined;
    const { to, name, laboratory } = row;
    const { organizationId, releasedBy, createdBy } = row.delivery;
    return to === null ? undefined : { userId: releasedBy ?? createdBy, organizationId, to, name, laboratory };
  });
}

async function organizationOf(tx: Transaction, delivery: DeliveryId): Promise<string> {
  const [row] = await tx
    .select({ organizationId: deliveries.organizationId })
    .from(deliveries)
    .where(eq(deliveries.deliveryId, delivery));
  if (!row) throw new Error(`there is no delivery ${delivery}`);
  return row.organizationId;
}

/**
 * The claim on a message, or undefined when it was sent before.
 * @throws Error while another run holds the message: trying again later can help
 */
export async function claimReviewMail(
  database: Database,
  principal: Principal,
  { userId, organizationId }: Recipient,
  { kind, occasion }: { kind: ReviewMailKind; occasion: string },
  messageIdDomain: string,
): Promise<MailClaim | undefined> {
  return database.write(principal, (tx) =>
    claimOccasion(tx, { userId, organizationId, kind, occasion }, messageIdDomain),
  );
}

/** Whom, by their id, and never where: an address is personal, and the log is kept for ever. */
export async function recordReviewMailSent(
  database: Database,
  principal: Principal,
  messageId: string,
  { delivery, sample }: { delivery: DeliveryId; sample?: SampleId | undefined },
): Promise<void> {
  await database.write(principal, async (tx) => {
    const [message] = await tx
      .update(mailMessages)
      .set({ sentAt: sql`now()` })
      .where(and(eq(mailMessages.messageId, messageId), isNull(mailMessages.sentAt)))
      .returning();
    if (!message) return;
    const isToPartner = message.kind === 'delivery.released';
    await recordChange(tx, sample ? SAGAS.reviewSample : SAGAS.deliveryReview, {
      organizationId: message.organizationId,
      entity: 'delivery',
      entityId: delivery,
      action: isToPartner ? 'delivery.partner_mailed' : 'delivery.reviewer_notified',
      details: {
        kind: message.kind,
        ...(isToPartner ? {} : { recipient: message.userId }),
        ...(sample ? { sample } : {}),
      },
    });
  });
}
