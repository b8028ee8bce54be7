// What a partner's programs get: its own released deliveries, whole and checkable, and nothing else.

import { createHash, randomUUID } from 'node:crypto';
import { and, eq, like } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { auditLog, decisions, deliveries, deliverySamples, jobs, samples, users } from '../../db/schema/index.ts';
import type { JobId } from '../../domain/ids.ts';
import { RELEASING_LINK_SECONDS } from '../../domain/partners.ts';
import { system } from '../../domain/principal.ts';
import { DELIVERY_STATES, meaningOf, REVIEW_LEVELS, type DeliveryState } from '../../domain/review.ts';
import { startTestGateway, type Call, type TestGateway, type TestUser } from '../../tests/support/gateway.ts';
import { addReference, completed } from '../../tests/support/gateway-steps.ts';
import { addPartner, makeLaboratory, type BenchPartner } from '../../tests/support/partner-bench.ts';

const LINK_SECONDS = 3600;
const asSystem = system('test');
let gateway: TestGateway;
let laboratory: TestUser;
let job: JobId;
let spareJob: JobId;
beforeAll(async () => {
  gateway = await startTestGateway({
    settings: { DELIVERY_LINK_SECONDS: String(LINK_SECONDS), WEBHOOK_ALLOWED_PRIVATE: '127.0.0.1:9' },
  });
  await addReference(gateway, 'demo');
  laboratory = await gateway.user({ plan: 'premium', name: 'Dr. Ada Reviewer' });
  await makeLaboratory(gateway.database, laboratory.user);
  [job, spareJob] = [await completed(gateway, laboratory.token), await completed(gateway, laboratory.token)];
  const provenance = {
    engine: { name: 'bcftools', version: '1.16' },
    input: { sha256: 'ab' },
    reference: { name: 'demo' },
  };
  await gateway.put('results', `${job}/1/provenance.json`, JSON.stringify(provenance));
});
afterAll(() => gateway.close());

let partner: BenchPartner;
let call: Call;
beforeEach(async () => {
  partner = await newPartner();
  call = gateway.caller({ Authorization: `Bearer ${partner.token}` });
});
const newPartner = () =>
  addPartner(gateway.database, gateway.dependencies.webhooks.secrets, 'http://127.0.0.1:9/', laboratory.principal);

/** A delivery whose first sample was accepted in its second round, and whose second one was withdrawn. */
async function deliver(
  state: DeliveryState,
  to = partner,
): Promise<{ delivery: string; accepted: string; withdrawn: string }> {
  const owned = { organizationId: laboratory.user.organizationId };
  const { userId } = laboratory.user;
  const [delivery, accepted, withdrawn] = [randomUUID(), randomUUID(), randomUUID()];
  const isReleased = !['in_review', 'ready', 'recalled'].includes(state);
  await gateway.database.write(asSystem, async (tx) => {
    await tx.insert(deliveries).values({
      ...owned,
      deliveryId: delivery,
      partnerId: to.partnerId,
      state,
      createdBy: userId,
      releasedBy: isReleased ? userId : null,
      releasedAt: isReleased && state !== 'releasing' ? new Date() : null,
    });
    for (const sampleId of [accepted, withdrawn]) {
      await tx.insert(samples).values({ ...owned, sampleId, barcode: `B-${sampleId}`, jobId: job, createdBy: userId });
      const isAccepted = sampleId === accepted;
      await tx.insert(deliverySamples).values({
        ...owned,
        deliveryId: delivery,
        sampleId,
        state: isAccepted ? 'accepted' : 'withdrawn',
        level: 'director',
        round: isAccepted ? 2 : 1,
        isOpen: false,
      });
    }
    const about = { ...owned, deliveryId: delivery, sampleId: accepted, userId, signerName: 'Dr. Ada Reviewer' };
    const signed = { checksum: createHash('sha256').update('annotated').digest('hex'), authenticatedAt: new Date() };
    await tx.insert(decisions).values({
      ...about, ...signed, decisionId: randomUUID(), round: 1, level: 'technical', role: 'technical', meaning: 'reviewed',
      decision: 'reject', jobId: spareJob, reasonCode: 'low_quality', comment: 'a word about the patient', followUp: 'reannotate',
    }); // prettier-ignore
    for (const level of REVIEW_LEVELS) {
      await tx.insert(decisions).values({
        ...about, ...signed, decisionId: randomUUID(), round: 2, level, role: level, meaning: meaningOf(level),
        decision: 'accept', jobId: job,
      }); // prettier-ignore
    }
  });
  return { delivery, accepted, withdrawn };
}

const PATH = '/partner/v1/deliveries';
const listed = async (caller = call) =>
  ((await caller('GET', PATH)).body['deliveries'] as { delivery_id: string }[]).map(({ delivery_id }) => delivery_id);

describe('deliveries', () => {
  const VISIBLE: readonly DeliveryState[] = ['releasing', 'released', 'acknowledged', 'closed'];

  it.for(DELIVERY_STATES)('that are %s: seen when a director has released them, and only then', async (state) => {
    const { delivery } = await deliver(state);
    const isVisible = VISIBLE.includes(state);
    expect(await listed()).toEqual(isVisible ? [delivery] : []);
    const one = await call('GET', `${PATH}/${delivery}`);
    const expected = isVisible ? { delivery_id: delivery, state, sample_count: 1 } : { code: 404 };
    expect(one.body).toMatchObject(expected);
    expect((await call('GET', `${PATH}/${delivery}/manifest`)).status).toBe(isVisible ? 200 : 404);
  });

  it('that were closed without a release are not seen', async () => {
    const { delivery } = await deliver('closed');
    await gateway.database.write(asSystem, (tx) =>
      tx.update(deliveries).set({ releasedBy: null }).where(eq(deliveries.deliveryId, delivery)),
    );
    expect((await call('GET', `${PATH}/${delivery}`)).status).toBe(404);
    expect(await listed()).toEqual([]);
  });

  it('of another partner of the same laboratory are not there at all', async () => {
    const other = await newPartner();
    const { delivery } = await deliver('released', other);
    expect(await listed()).toEqual([]);
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/manifest'],
      ['POST', '/acknowledge'],
    ] as const) {
      const theirs = await call(method, `${PATH}/${delivery}${path}`);
      const unknown = await call(method, `${PATH}/${randomUUID()}${path}`);
      expect([theirs.status, theirs.error?.type]).toEqual([404, 'not_found']);
      expect([unknown.status, unknown.error?.type]).toEqual([404, 'not_found']);
    }
    expect(await listed(gateway.caller({ Authorization: `Bearer ${other.token}` }))).toEqual([delivery]);
  });

  it('are listed newest first, page by page', async () => {
    const made = [await deliver('released'), await deliver('acknowledged'), await deliver('closed')];
    const first = await call('GET', `${PATH}?limit=2`);
    const second = await call('GET', `${PATH}?limit=2&cursor=${String(first.body['next'])}`);
    const ids = [first, second].flatMap(({ body }) =>
      (body['deliveries'] as { delivery_id: string }[]).map(({ delivery_id }) => delivery_id),
    );
    expect(ids).toEqual(made.map(({ delivery }) => delivery).toReversed());
    expect(second.body['next']).toBeNull();
  });
});

interface ManifestBody {
  expires_at: string;
  samples: { sample_id: string; links: Record<string, string | null>; result: { sha256: string } }[];
  next: string | null;
}
const manifestOf = async (delivery: string, query = '') => {
  const { status, body } = await call('GET', `${PATH}/${delivery}/manifest${query}`);
  expect(status).toBe(200);
  // Its parts are asserted below.
  return body as unknown as ManifestBody;
};

describe('the manifest', () => {
  it('has the accepted samples with checksums, provenance, signatures and links, and names nobody', async () => {
    const { delivery, accepted } = await deliver('released');
    const body = await manifestOf(delivery);
    const sha256 = createHash('sha256').update('annotated').digest('hex');
    expect(body).toMatchObject({
      delivery_id: delivery,
      state: 'released',
      samples: [
        {
          sample_id: accepted,
          barcode: `B-${accepted}`,
          job_id: job,
          genome: 'demo',
          consequence_mode: 'auto',
          records: 3,
          result: { size_bytes: 9, sha256 },
          provenance: { engine: { name: 'bcftools', version: '1.16' }, input: { sha256: 'ab' } },
          decisions: REVIEW_LEVELS.map((level) => ({ level, role: level, decision: 'accept', checksum: sha256 })),
        },
      ],
      next: null,
    });
    const text = JSON.stringify(body);
    for (const secret of ['Ada', laboratory.user.userId, laboratory.user.email, 'a word about', 'sample.vcf']) {
      expect([secret, text.includes(secret)]).toEqual([secret, false]);
    }
  });

  it('links to files that can be fetched without signing in, for as long as is set, named by the sample', async () => {
    const { delivery, accepted } = await deliver('released');
    const { samples: found, expires_at } = await manifestOf(delivery);
    const validSeconds = (Date.parse(expires_at) - Date.now()) / 1000;
    expect(validSeconds).toBeGreaterThan(LINK_SECONDS - 60);
    expect(validSeconds).toBeLessThanOrEqual(LINK_SECONDS);
    const [sample] = found;
    const contents: Record<string, string> = {};
    const { log, ...links } = sample?.links ?? {};
    expect(log).toBeNull();
    for (const [name, link] of Object.entries(links)) {
      expect(new URL(link ?? '').searchParams.get('X-Amz-Expires')).toBe(String(LINK_SECONDS));
      const response = await fetch(link ?? '');
      expect([name, response.status]).toEqual([name, 200]);
      expect(response.headers.get('content-disposition')).toContain(`"${accepted}.`);
      // Links stand in the store's logs of access, and a barcode may identify a person.
      expect(decodeURIComponent(link ?? '')).not.toContain(`B-${accepted}`);
      contents[name] = await response.text();
    }
    expect(contents).toMatchObject({ result: 'annotated', index: 'index' });
    expect(Object.keys(contents).toSorted()).toEqual(['index', 'provenance', 'result']);
    const sha256 = createHash('sha256')
      .update(contents['result'] ?? '')
      .digest('hex');
    expect(sha256).toBe(sample?.result.sha256);
  });

  it('of a delivery that is being released has links that end soon: it may be taken back', async () => {
    const { delivery } = await deliver('releasing');
    const { samples: found, expires_at } = await manifestOf(delivery);
    expect(Date.parse(expires_at) - Date.now()).toBeLessThanOrEqual(RELEASING_LINK_SECONDS * 1000);
    const validSeconds = Object.values(found[0]?.links ?? {}).flatMap((link) =>
      link === null ? [] : [Number(new URL(link).searchParams.get('X-Amz-Expires'))],
    );
    expect(validSeconds).toEqual([900, 900, 900]);
  });

  it.for(['archiving', 'archived', 'restoring'] as const)('has no link to a result that is %s', async (resultState) => {
    const { delivery } = await deliver('acknowledged');
    const become = (state: 'live' | typeof resultState) =>
      gateway.database.write(asSystem, (tx) =>
        tx
          .update(jobs)
          .set({ resultState: state, resultsFileArchiveId: state === 'live' ? null : 'archive/1' })
          .where(eq(jobs.jobId, job)),
      );
    await become(resultState);
    const { samples: found } = await manifestOf(delivery);
    await become('live');
    // The log names the file as its owner called it.
    expect(found[0]?.links).toMatchObject({ result: null, log: null, index: expect.any(String) });
  });

  it('of what was signed for stays what it was, whichever annotation stands for the sample later', async () => {
    const { delivery, accepted } = await deliver('closed');
    await gateway.database.write(asSystem, (tx) =>
      tx.update(samples).set({ jobId: spareJob }).where(eq(samples.sampleId, accepted)),
    );
    expect((await manifestOf(delivery)).samples).toMatchObject([{ job_id: job }]);
  });

  it('is read page by page', async () => {
    const { delivery, accepted, withdrawn } = await deliver('released');
    await gateway.database.write(asSystem, async (tx) => {
      await tx.update(deliverySamples).set({ state: 'accepted' }).where(eq(deliverySamples.sampleId, withdrawn));
      const signed = await tx.select().from(decisions).where(eq(decisions.sampleId, accepted));
      for (const { sequence: _, ...decision } of signed) {
        await tx.insert(decisions).values({ ...decision, decisionId: randomUUID(), sampleId: withdrawn, round: 1 });
      }
    });
    const first = await manifestOf(delivery, '?limit=1');
    const second = await manifestOf(delivery, `?limit=1&cursor=${first.next}`);
    const ids = [...first.samples, ...second.samples].map(({ sample_id }) => sample_id);
    expect(ids).toEqual([accepted, withdrawn].toSorted());
    expect(second.next).toBeNull();
    const refused = await call('GET', `${PATH}/${delivery}/manifest?cursor=elsewhere`);
    expect([refused.status, refused.error?.type]).toEqual([422, 'invalid_request']);
  });
});

describe('an acknowledgement', () => {
  it.for(['releasing', 'released'] as const)(
    'of a delivery that is %s is recorded once, however often it comes',
    async (state) => {
      const { delivery } = await deliver(state);
      for (let told = 0; told < 3; told++) {
        const answer = await call('POST', `${PATH}/${delivery}/acknowledge`);
        expect([answer.status, answer.body['state']]).toEqual([200, 'acknowledged']);
      }
      await gateway.dependencies.afterwards.settled();
      const one = await call('GET', `${PATH}/${delivery}`);
      expect(one.body).toMatchObject({ state: 'acknowledged', acknowledged_at: expect.any(String) });
      const recorded = await gateway.database.write(asSystem, (tx) =>
        tx
          .select()
          .from(auditLog)
          .where(and(eq(auditLog.entityId, delivery), eq(auditLog.action, 'delivery.acknowledged'))),
      );
      expect(recorded).toMatchObject([{ actor: `partner:${partner.partnerId}` }]);
    },
  );

  it('of one that was closed comes too late', async () => {
    const { delivery } = await deliver('closed');
    const answer = await call('POST', `${PATH}/${delivery}/acknowledge`);
    expect([answer.status, answer.error?.type]).toEqual([409, 'wrong_state']);
  });
});

it('records every reading under the name of the partner', async () => {
  const { delivery } = await deliver('released');
  await call('GET', PATH);
  await call('GET', `${PATH}/${delivery}`);
  await call('GET', `${PATH}/${delivery}/manifest`);
  const rows = await gateway.database.write(asSystem, (tx) =>
    tx
      .select()
      .from(auditLog)
      .where(like(auditLog.actor, `partner:${partner.partnerId}`))
      .orderBy(auditLog.sequence),
  );
  expect(rows.map(({ action, entityId }) => [action, entityId])).toEqual([
    ['partner.deliveries_listed', partner.partnerId],
    ['delivery.read_by_partner', delivery],
    ['delivery.manifest_read', delivery],
  ]);
});

it('is closed to whoever was once an administrator of it: tokens are not people', async () => {
  await gateway.database.write(asSystem, (tx) =>
    tx.update(users).set({ role: 'director' }).where(eq(users.userId, laboratory.user.userId)),
  );
  expect((await laboratory.token('GET', PATH)).status).toBe(401);
  expect((await call('GET', PATH)).status).toBe(200);
});
