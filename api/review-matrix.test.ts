// Every endpoint of the review, for every role, in the own laboratory and in another one: what each may do, and that
// nobody learns anything of another laboratory's deliveries.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROLES, type Role } from '../domain/principal.ts';
import { seenAs, type Answer, type Call, type TestUser } from '../tests/support/gateway.ts';
import { startReviewingGateway, type Laboratory, type ReviewingGateway } from '../tests/support/reviewing-gateway.ts';

interface Objects {
  partner: string;
  delivery: string;
  sample: string;
  /** In a delivery of its own: what is claimed there is in nobody's way. */
  claimable: readonly [string, string];
  recallable: string;
  delegation: string;
  member: string;
}

let gateway: ReviewingGateway;
let own: Laboratory;
let foreign: Laboratory;
let objects: Objects;
/** Has given a delegation. */
let away: TestUser;
beforeAll(async () => {
  gateway = await startReviewingGateway('matrix');
  own = await gateway.laboratory();
  foreign = await gateway.laboratory();
  const [shown, claimable, recallable] = [
    await gateway.delivery(own),
    await gateway.delivery(own),
    await gateway.delivery(own),
  ];
  away = await gateway.colleague(own, 'director');
  const inTheirStead = await gateway.colleague(own, 'member');
  const body = {
    delegate_id: inTheirStead.user.userId,
    starts_at: new Date().toISOString(),
    ends_at: inAnHour(),
  };
  const delegated = await away.session('POST', '/delegations', { body });
  objects = {
    partner: own.partnerId,
    delivery: shown.id,
    sample: shown.samples[0] ?? '',
    claimable: [claimable.id, claimable.samples[0] ?? ''],
    recallable: recallable.id,
    delegation: String(delegated.body['delegation_id']),
    member: own.member.user.userId,
  };
});
afterAll(() => gateway?.close());

const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();

interface Endpoint {
  name: string;
  request: (of: Objects) => [Parameters<Call>[0], string, unknown?];
  /** What each role is answered in its own laboratory. */
  own: Record<Role, number>;
  /** Where it is not 404 for everybody outside: what is answered before any object is looked for. */
  foreign?: Partial<Record<Role, number>>;
  personal?: number;
  /** When the laboratory of the caller cannot be seen, and that is found out first. */
  unseen?: number;
  /** Of an API key of whoever may do the most; default 403. */
  key?: number;
}

const all = (status: number): Record<Role, number> => ({
  member: status,
  technical: status,
  licensed: status,
  director: status,
  admin: status,
});
const reviewers = (status: number): Record<Role, number> => ({ ...all(status), member: 403, admin: 403 });
const only = (role: Role, status: number): Record<Role, number> => ({ ...all(403), [role]: status });

const endpoints: Endpoint[] = [
  { name: 'the delivery', request: ({ delivery }) => ['GET', `/deliveries/${delivery}`], own: all(200) },
  {
    name: 'the sample under review',
    request: ({ delivery, sample }) => ['GET', `/deliveries/${delivery}/samples/${sample}`],
    own: reviewers(200),
  },
  {
    name: 'the log of the sample under review',
    request: ({ delivery, sample }) => ['GET', `/deliveries/${delivery}/samples/${sample}/log`],
    own: reviewers(200),
  },
  ...(['technical', 'licensed', 'director'] as const).map((level): Endpoint => ({
    name: `a decision at the level ${level}`,
    // About another result, so that the table can be tried in any order.
    request: ({ delivery, sample }) => [
      'POST',
      `/deliveries/${delivery}/samples/${sample}/decisions`,
      { level, decision: 'accept', result_checksum: '0'.repeat(64) },
    ],
    own: only(level, 409),
    key: 401,
  })),
  {
    name: 'the claim of a sample',
    request: ({ claimable: [delivery, sample] }) => ['POST', `/deliveries/${delivery}/samples/${sample}/claim`],
    own: only('technical', 200),
  },
  {
    name: 'giving back a sample that nobody has claimed',
    request: ({ delivery, sample }) => ['POST', `/deliveries/${delivery}/samples/${sample}/release`],
    own: reviewers(200),
  },
  {
    name: 'the release of a delivery that is in review',
    request: ({ delivery }) => ['POST', `/deliveries/${delivery}/release`],
    own: only('director', 409),
  },
  {
    name: 'the recall',
    request: ({ recallable }) => ['POST', `/deliveries/${recallable}/recall`],
    own: only('director', 200),
  },
  {
    name: 'a new delivery of a sample that is in one',
    request: ({ partner, sample }) => ['POST', '/deliveries', { partner_id: partner, sample_ids: [sample] }],
    own: all(409),
    personal: 403,
    unseen: 403,
  },
  {
    name: 'a delegation',
    request: ({ member }) => [
      'POST',
      '/delegations',
      { delegate_id: member, starts_at: new Date(Date.now() + 1_800_000).toISOString(), ends_at: inAnHour() },
    ],
    own: reviewers(201),
    foreign: { member: 403, admin: 403 },
    personal: 403,
  },
  {
    name: 'the end of a delegation of somebody else',
    request: ({ delegation }) => ['DELETE', `/delegations/${delegation}`],
    own: all(404),
  },
];

/** The same names with ids that there never were. */
const invented = (): Objects => ({
  partner: randomUUID(),
  delivery: randomUUID(),
  sample: randomUUID(),
  claimable: [randomUUID(), randomUUID()],
  recallable: randomUUID(),
  delegation: randomUUID(),
  member: randomUUID(),
});

/** By row-level security alone, as somebody of another laboratory. */
const seenFromOutside = ({ headers }: TestUser): Call =>
  seenAs(gateway, (principal) => (principal.kind === 'user' ? foreign.technical.principal : principal))(
    headers.session,
  );

async function ask(call: Call, { request }: Endpoint, of: Objects): Promise<Answer> {
  const [method, path, body] = request(of);
  return call(method, path, body === undefined ? {} : { body });
}

describe.for(endpoints)('$name', (endpoint) => {
  it.for(ROLES)('is for a %s what the table says', async (role) => {
    const answer = await ask(own[role].session, endpoint, objects);
    expect([role, answer.status]).toEqual([role, endpoint.own[role]]);
  });

  it.for(ROLES)('is nothing for a %s of another laboratory, nor different from what is not there', async (role) => {
    const answer = await ask(foreign[role].session, endpoint, objects);
    expect([role, answer.status]).toEqual([role, endpoint.foreign?.[role] ?? 404]);
    const unknown = await ask(foreign[role].session, endpoint, invented());
    expect([unknown.status, unknown.error?.type]).toEqual([answer.status, answer.error?.type]);
  });

  it.for(ROLES)('is nothing for a %s even where only row-level security stands in the way', async (role) => {
    const answer = await ask(seenFromOutside(own[role]), endpoint, objects);
    expect([role, answer.status]).toEqual([role, endpoint.unseen ?? endpoint.foreign?.[role] ?? 404]);
  });

  it('is nothing for a user of no laboratory, for an API key, and for nobody', async () => {
    const personal = await gateway.user();
    expect((await ask(personal.session, endpoint, objects)).status).toBe(endpoint.personal ?? 404);
    for (const role of ROLES) {
      const key = await own[role].withKey();
      expect((await ask(key, endpoint, objects)).status).toBe(endpoint.key ?? 403);
    }
    expect((await ask(gateway.anyone, endpoint, objects)).status).toBe(401);
  });
});

it.for(endpoints.filter(({ request }) => request(invented())[0] !== 'GET'))(
  '$name is not done for a page of another site',
  async (endpoint) => {
    const call = gateway.caller({ ...own.director.headers.session, Origin: 'https://elsewhere.test' });
    expect(await ask(call, endpoint, objects)).toMatchObject({ status: 403, error: { type: 'csrf_refused' } });
  },
);

describe.for(['/deliveries', '/reviews', '/delegations'])('%s', (path) => {
  it('lists nothing of another laboratory, to nobody', async () => {
    const ids = [objects.delivery, objects.sample, ...objects.claimable, objects.recallable, objects.delegation];
    for (const role of ROLES) {
      const answer = await foreign[role].session('GET', path);
      expect([role, answer.status]).toEqual([role, 200]);
      const text = JSON.stringify(answer.body);
      expect([role, ids.filter((id) => text.includes(id))]).toEqual([role, []]);
    }
    for (const role of ROLES) {
      const answer = await seenFromOutside(own[role])('GET', path);
      expect([role, answer.status, ids.filter((id) => JSON.stringify(answer.body).includes(id))]).toEqual([
        role,
        200,
        [],
      ]);
    }
    const personal = await gateway.user();
    expect(JSON.stringify((await personal.session('GET', path)).body)).not.toMatch(/_id/);
  });
});

it('the own laboratory sees in its lists what the others do not', async () => {
  const texts = await Promise.all([
    own.member.session('GET', '/deliveries').then(({ body }) => JSON.stringify(body)),
    own.technical.session('GET', '/reviews').then(({ body }) => JSON.stringify(body)),
    away.session('GET', '/delegations').then(({ body }) => JSON.stringify(body)),
  ]);
  expect(texts).toEqual(
    [objects.delivery, objects.sample, objects.delegation].map((id) => expect.stringContaining(id)),
  );
});
