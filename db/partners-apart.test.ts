// Row-level security between the partners of one laboratory, without any condition in the query: what the program of a
// partner sees, changes and may add.

import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { jobId, organizationId, uploadId } from '../domain/ids.ts';
import { callerOfPartner } from '../domain/partners.ts';
import { system, type Principal } from '../domain/principal.ts';
import { ownDatabase, type OwnDatabase } from '../tests/support/own-database.ts';
import { principalOf, registerUser, type User } from './identity.ts';
import { submitJob } from './jobs.ts';
import {
  decisions,
  delegations,
  deliveries,
  deliverySamples,
  partners,
  patientFields,
  patients,
  samples,
  webhookAttempts,
  webhookEndpoints,
  webhookMessages,
} from './schema/index.ts';
import { createUpload } from './uploads.ts';

let own: OwnDatabase;
let user: User;
/** All rows of a partner have its id as their own. */
let a: string;
let b: string;
const asSystem = system('test');
beforeAll(async () => {
  own = await ownDatabase();
  const email = 'x@varloom.test';
  user = await registerUser(own.database, { issuer: 'http://issuer.test', subject: randomUUID(), email });
  [a, b] = [await populated(), await populated()];
});
afterAll(() => own?.close());

async function populated(): Promise<string> {
  const upload = uploadId(randomUUID());
  const principal = principalOf(user);
  const now = new Date();
  await createUpload(own.database, principal, {
    uploadId: upload,
    fileName: 'a.vcf',
    genome: null,
    source: 'api',
    sizeLimitBytes: 10,
    multipartUploadId: null,
    expiresAt: now,
  });
  const object = { etag: '"1"', sizeBytes: 5 };
  const request = { uploadId: upload, object, genome: 'demo', consequenceMode: 'auto', source: 'api' } as const;
  const job = jobId((await submitJob(own.database, principal, request)).jobId);
  const owned = { organizationId: user.organizationId };
  const [id, { userId: by }] = [randomUUID(), user];
  await own.database.write(asSystem, async (tx) => {
    await tx.insert(patients).values({ ...owned, patientId: id, keyId: 'k' });
    await tx.insert(patientFields).values({ ...owned, patientId: id, field: 'name', sealed: '' });
    await tx.insert(samples).values({ ...owned, sampleId: id, barcode: id, jobId: job, createdBy: by });
    await tx.insert(partners).values({ ...owned, partnerId: id, name: id });
    await tx.insert(deliveries).values({ ...owned, deliveryId: id, partnerId: id, createdBy: by });
    await tx.insert(deliverySamples).values({ ...owned, deliveryId: id, sampleId: id });
    const decision = { level: 'technical', decision: 'accept', meaning: 'reviewed', role: 'technical' } as const;
    const about = { deliveryId: id, sampleId: id, jobId: job, checksum: '', round: 1, authenticatedAt: now };
    await tx.insert(decisions).values({ ...owned, ...decision, ...about, decisionId: id, userId: by, signerName: '' });
    const away = { userId: by, delegateId: by, startsAt: now, endsAt: now };
    await tx.insert(delegations).values({ ...owned, ...away, delegationId: id });
    await tx.insert(webhookEndpoints).values({ ...owned, endpointId: id, partnerId: id, url: '', secrets: [] });
    const message = { messageId: id, endpointId: id, eventType: 'delivery.released', payload: {} };
    await tx.insert(webhookMessages).values({ ...owned, ...message });
    await tx.insert(webhookAttempts).values({ ...owned, attemptId: id, messageId: id, outcome: '', durationMs: 1 });
  });
  return id;
}

/** By the column that holds the partner's id in these tests. */
const OF_A_PARTNER = {
  partners: 'partner_id',
  deliveries: 'partner_id',
  delivery_samples: 'delivery_id',
  decisions: 'delivery_id',
  samples: 'sample_id',
  webhook_endpoints: 'partner_id',
  webhook_messages: 'endpoint_id',
  webhook_attempts: 'message_id',
};
const programOf = (partner: string): Principal => ({
  kind: 'service',
  name: callerOfPartner(partner),
  organizationId: organizationId(user.organizationId),
});
const idsIn = async (principal: Principal, table: string, column: string) => {
  const rows = await own.database.write(principal, (tx) =>
    tx.execute<{ id: string }>(sql`select ${sql.raw(column)} as id from ${sql.raw(table)}`),
  );
  return rows.map(({ id }) => id).toSorted();
};

it.for(Object.entries(OF_A_PARTNER))(
  '%s: a partner sees its own alone, its laboratory all',
  async ([table, column]) => {
    expect(await idsIn(programOf(a), table, column)).toEqual([a]);
    expect(await idsIn(programOf(b), table, column)).toEqual([b]);
    expect(await idsIn(principalOf(user), table, column)).toEqual([a, b].toSorted());
    expect(await idsIn(asSystem, table, column)).toEqual([a, b].toSorted());
    expect(await idsIn(programOf('nobody'), table, column)).toEqual([]);
  },
);

it.for(['delegations', 'patient.patients', 'patient.fields'])('%s are none of its business', async (table) => {
  expect(await idsIn(programOf(a), table, '1')).toEqual([]);
  expect(await idsIn(principalOf(user), table, '1')).toHaveLength(2);
});

it.for(Object.entries(OF_A_PARTNER).filter(([table]) => table !== 'decisions'))(
  '%s: a partner changes and deletes nothing of another',
  async ([table, column]) => {
    await own.database.write(programOf(a), async (tx) => {
      const [name, id] = [sql.raw(table), sql.raw(column)];
      const changed = await tx.execute(sql`update ${name} set ${id} = ${id} where ${id} = ${b}::uuid returning 1`);
      const deleted = await tx.execute(sql`delete from ${name} where ${id} = ${b}::uuid returning 1`);
      expect([changed.length, deleted.length]).toEqual([0, 0]);
    });
    expect(await idsIn(asSystem, table, column)).toEqual([a, b].toSorted());
  },
);

it('a partner gives nothing to another, and takes nothing from it', async () => {
  const attempts = [
    sql`update deliveries set partner_id = ${b}::uuid`,
    sql`update webhook_messages set endpoint_id = ${b}::uuid`,
    sql`insert into webhook_endpoints (endpoint_id, organization_id, partner_id, url, secrets)
      values (${randomUUID()}::uuid, ${user.organizationId}::uuid, ${b}::uuid, '', '[]')`,
  ];
  for (const attempt of attempts) {
    await expect(own.database.write(programOf(a), (tx) => tx.execute(attempt))).rejects.toMatchObject({
      cause: { code: '42501' },
    });
  }
});

it('the partner is forgotten after its transaction', async () => {
  await own.database.write(programOf(a), (tx) => tx.execute(sql`select 1`));
  for (let connection = 0; connection < 12; connection++) {
    expect(await idsIn(principalOf(user), 'deliveries', 'delivery_id')).toHaveLength(2);
  }
});
