// A laboratory with one sample under review, as rows: for tests of what is done with a review in Postgres.

import { randomUUID } from 'node:crypto';
import type { Database } from '../../db/client.ts';
import { principalOf, type UserPrincipal } from '../../db/identity.ts';
import * as tables from '../../db/schema/index.ts';
import { deliveryId, sampleId, type DeliveryId, type SampleId } from '../../domain/ids.ts';
import { system, type Role } from '../../domain/principal.ts';

export const LAID_CHECKSUM = 'ab'.repeat(32);

export interface LaidReview {
  organizationId: string;
  /** Whose role is `technical`, the level that the sample is at. */
  signer: UserPrincipal;
  ref: { delivery: DeliveryId; sample: SampleId };
}

export async function layMember(database: Database, organizationId: string, role: Role): Promise<UserPrincipal> {
  const user = { organizationId, userId: randomUUID(), role, plan: 'free', email: 'x@varloom.test' } as const;
  const identity = { issuer: 'http://issuer.test', subject: user.userId };
  await database.write(system('test'), (tx) => tx.insert(tables.users).values({ ...user, ...identity }));
  return principalOf(user);
}

export async function layReview(database: Database): Promise<LaidReview> {
  const owned = { organizationId: randomUUID() };
  await database.write(system('test'), (tx) =>
    tx.insert(tables.organizations).values({ ...owned, name: 'Laboratory', kind: 'laboratory' }),
  );
  const signer = await layMember(database, owned.organizationId, 'technical');
  const [partnerId, uploadId, jobId] = [randomUUID(), randomUUID(), randomUUID()];
  const ref = { delivery: deliveryId(randomUUID()), sample: sampleId(randomUUID()) };
  const by = { userId: signer.userId };
  const made = { createdBy: signer.userId };
  const file = { ...by, fileName: 'a.vcf', source: 'api', uploadId } as const;
  const asked = { genome: 'demo', consequenceMode: 'auto', inputEtag: '"1"', inputSizeBytes: 5 } as const;
  const completed = { status: 'COMPLETED', completedAt: new Date(), generation: 1 } as const;
  const result = { resultPrefix: jobId, resultState: 'live', resultSha256: LAID_CHECKSUM } as const;
  const inDelivery = { deliveryId: ref.delivery, sampleId: ref.sample };
  await database.write(system('test'), async (tx) => {
    await tx.insert(tables.partners).values({ ...owned, partnerId, name: 'P' });
    await tx.insert(tables.uploads).values({ ...owned, ...file, sizeLimitBytes: 10, expiresAt: new Date() });
    await tx.insert(tables.jobs).values({ ...owned, ...file, ...asked, ...completed, ...result, jobId });
    await tx.insert(tables.samples).values({ ...owned, ...made, sampleId: ref.sample, barcode: ref.sample, jobId });
    await tx.insert(tables.deliveries).values({ ...owned, ...made, deliveryId: ref.delivery, partnerId });
    await tx.insert(tables.deliverySamples).values({ ...owned, ...inDelivery });
  });
  return { ...owned, signer, ref };
}
