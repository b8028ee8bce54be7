// A partner's webhook endpoint that is dead: the laboratory's administrators are told, once each time it is disabled.

import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { disableEndpoint, enableEndpoint, insertEndpoint } from '../../db/webhook-endpoints.ts';
import { mailMessages, users } from '../../db/schema/index.ts';
import { endpointId, partnerId } from '../../domain/ids.ts';
import type { DisabledReason } from '../../domain/partners.ts';
import { system } from '../../domain/principal.ts';
import { TASK_QUEUES } from '../../domain/queues.ts';
import { actingAs } from '../../temporal/client.ts';
import { startReviewingGateway, type ReviewingGateway } from '../support/reviewing-gateway.ts';

let gateway: ReviewingGateway;
beforeAll(async () => {
  gateway = await startReviewingGateway('disabled');
});
afterAll(() => gateway?.close());

const asSystem = system('test');
let runs = 0;
const tend = (): Promise<unknown> =>
  actingAs(asSystem, () =>
    gateway.temporal.workflow.execute('tendWebhooks', {
      workflowId: `tend-webhooks-${(runs += 1)}`,
      taskQueue: TASK_QUEUES.orchestration,
    }),
  );

it('each administrator hears of it once, and again when it is disabled again; of what people disable nobody does', async () => {
  const here = await gateway.laboratory();
  const second = await gateway.colleague(here, 'admin');
  const { principal } = here.admin;
  const at = { partnerId: partnerId(here.partnerId), endpointId: endpointId(randomUUID()) };
  const endpoint = await gateway.database.write(principal, (tx) =>
    insertEndpoint(
      tx,
      principal,
      { partnerId: at.partnerId, organizationId: principal.organizationId },
      { endpointId: at.endpointId, url: 'https://partner.test/hook?key=secret', sealedSecret: '' },
    ),
  );
  const disable = (reason: DisabledReason) =>
    gateway.database.write(asSystem, (tx) => disableEndpoint(tx, asSystem, endpoint, reason));
  const told = async () => {
    const rows = await gateway.database.write(asSystem, (tx) =>
      tx
        .select({ to: users.userId, sentAt: mailMessages.sentAt })
        .from(mailMessages)
        .innerJoin(users, eq(users.userId, mailMessages.userId))
        .where(eq(mailMessages.kind, 'webhook_endpoint.disabled')),
    );
    expect(rows.every(({ sentAt }) => sentAt !== null)).toBe(true);
    return rows.map(({ to }) => to).toSorted();
  };
  const admins = [here.admin.user.userId, second.user.userId].toSorted();

  await disable('partner_disabled');
  expect(await tend()).toMatchObject({ told: 0 });
  await enableEndpoint(gateway.database, principal, at);
  await disable('failing');
  expect(await tend()).toMatchObject({ told: 1 });
  expect(await told()).toEqual(admins);
  expect(await tend()).toMatchObject({ told: 0 });

  await enableEndpoint(gateway.database, principal, at);
  await disable('gone');
  expect(await tend()).toMatchObject({ told: 1 });
  expect(await told()).toEqual([...admins, ...admins].toSorted());

  const { body } = await here.admin.session('GET', `/audit?entity=webhook_endpoint/${at.endpointId}&limit=1`);
  expect(body['entries']).toMatchObject([{ action: 'webhook_endpoint.admin_notified' }]);
});
