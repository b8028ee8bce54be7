// Endpoints of partners that were disabled because they are dead: their laboratory's administrators are told, once each
// time.

import { and, eq, inArray, sql } from 'drizzle-orm';
import { VarloomError } from '../domain/errors.ts';
import { endpointId, type EndpointId } from '../domain/ids.ts';
import type { DisabledReason } from '../domain/partners.ts';
import type { Principal } from '../domain/principal.ts';
import { recordChange } from './changes.ts';
import type { Database } from './client.ts';
import type { MailClaim } from './mail-claims.ts';
import { claimOccasion } from './occasion-mail.ts';
import { mailMessages, partners, users, webhookEndpoints } from './schema/index.ts';

const KIND = 'webhook_endpoint.disabled';
/** People disable the others themselves. */
const BY_ITSELF = ['gone', 'failing'] as const satisfies DisabledReason[];
/** Later than this the news is no use; the page of the partner shows it all the same. */
const NEWS_FOR = sql`interval '7 days'`;

const occasionOf = (id: string, disabledAt: Date): string => `${id}/${disabledAt.getTime()}`;

/** Those of which somebody who is an administrator now has not been told. */
export async function untoldEndpoints(database: Database, principal: Principal, limit: number): Promise<EndpointId[]> {
  return database.write(principal, async (tx) => {
    const rows = await tx
      .selectDistinct({ id: webhookEndpoints.endpointId })
      .from(webhookEndpoints)
      .innerJoin(users, and(eq(users.organizationId, webhookEndpoints.organizationId), eq(users.role, 'admin')))
      .where(
        and(
          inArray(webhookEndpoints.disabledReason, [...BY_ITSELF]),
          sql`${webhookEndpoints.disabledAt} > now() - ${NEWS_FOR}`,
          sql`not exists (select from ${mailMessages} m where m.user_id = ${users.userId} and m.kind = ${KIND}
            and m.sent_at is not null and m.occasion = ${webhookEndpoints.endpointId} || '/' ||
              round(extract(epoch from ${webhookEndpoints.disabledAt}) * 1000)::bigint)`,
        ),
      )
      .limit(limit);
    return rows.map(({ id }) => endpointId(id));
  });
}

export interface DisabledEndpoint {
  organizationId: string;
  endpointId: EndpointId;
  partnerId: string;
  partnerName: string;
  host: string;
  reason: (typeof BY_ITSELF)[number];
  occasion: string;
  admins: { userId: string; to: string; name: string | null }[];
}

/** Undefined when it is not disabled by itself any more. @throws VarloomError `not_found` */
export async function findDisabledEndpoint(
  database: Database,
  principal: Principal,
  id: EndpointId,
): Promise<DisabledEndpoint | undefined> {
  return database.write(principal, async (tx) => {
    const [row] = await tx
      .select({ endpoint: webhookEndpoints, partnerName: partners.name })
      .from(webhookEndpoints)
      .innerJoin(partners, eq(partners.partnerId, webhookEndpoints.partnerId))
      .where(eq(webhookEndpoints.endpointId, id));
    if (!row) throw new VarloomError('not_found', `There is no webhook endpoint ${id}.`);
    const { organizationId, partnerId, disabledAt, disabledReason, url } = row.endpoint;
    const reason = BY_ITSELF.find((one) => one === disabledReason);
    if (!reason || !disabledAt) return undefined;
    const admins = await tx
      .select({ userId: users.userId, to: users.email, name: users.name })
      .from(users)
      .where(and(eq(users.organizationId, organizationId), eq(users.role, 'admin')));
    const { partnerName } = row;
    // Of the address only the host is told: people put keys into the rest.
    const host = URL.parse(url)?.host ?? '';
    const occasion = occasionOf(id, disabledAt);
    return { organizationId, endpointId: id, partnerId, partnerName, host, reason, occasion, admins };
  });
}

/** The claim on a message, or undefined when it was sent before. @throws Error while another run holds the message */
export async function claimEndpointMail(
  database: Database,
  principal: Principal,
  { organizationId, occasion }: DisabledEndpoint,
  userId: string,
  messageIdDomain: string,
): Promise<MailClaim | undefined> {
  return database.write(principal, (tx) =>
    claimOccasion(tx, { userId, organizationId, kind: KIND, occasion }, messageIdDomain),
  );
}

export async function recordEndpointMailSent(
  database: Database,
  principal: Principal,
  messageId: string,
  endpoint: Pick<DisabledEndpoint, 'endpointId'>,
): Promise<void> {
  await database.write(principal, async (tx) => {
    const [message] = await tx
      .update(mailMessages)
      .set({ sentAt: sql`now()` })
      .where(and(eq(mailMessages.messageId, messageId), sql`${mailMessages.sentAt} is null`))
      .returning();
    if (!message) return;
    await recordChange(tx, principal, {
      organizationId: message.organizationId,
      entity: 'webhook_endpoint',
      entityId: endpoint.endpointId,
      action: 'webhook_endpoint.admin_notified',
      details: { recipient: message.userId },
    });
  });
}
