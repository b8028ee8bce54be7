// Every route there is, by what keeps strangers from it: a route that stands in no table here fails. And the routes of a
// laboratory for every role: in the own one, from another one, and where row-level security alone stands in the way.

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { partnerId } from '../domain/ids.ts';
import { callerOfPartner } from '../domain/partners.ts';
import { ROLES } from '../domain/principal.ts';
import { seenAs, type Answer, type Call } from '../tests/support/gateway.ts';
import { startReceiver, type Receiver } from '../tests/support/receiver.ts';
import {
  decide,
  startReviewingGateway,
  type Laboratory,
  type ReviewingGateway,
} from '../tests/support/reviewing-gateway.ts';
import {
  all,
  OF_ONE_USER,
  OF_THE_CALLER,
  OF_THE_OPERATOR,
  OF_THE_REVIEW,
  PARTNER_API,
  PUBLIC,
  ROUTES,
  type Ids,
  type Route,
} from '../tests/support/route-table.ts';

let receiver: Receiver;
let gateway: ReviewingGateway;
let own: Laboratory;
let foreign: Laboratory;
let ids: Ids;
let delivery: string;
beforeAll(async () => {
  receiver = await startReceiver();
  gateway = await startReviewingGateway('routes', { WEBHOOK_ALLOWED_PRIVATE: receiver.hostPort });
  [own, foreign] = [await gateway.laboratory(), await gateway.laboratory()];
  const leaving = await gateway.colleague(own, 'member');
  const body = { name: 'The partner of the matrix', webhook_url: receiver.url };
  const partner = (await own.admin.session('POST', '/partners', { body })).body;
  const at = `/partners/${String(partner['partner_id'])}/webhooks/${String(partner['endpoint_id'])}`;
  const patient = { barcode: 'With a patient', job_id: own.jobId, patient: { name: 'A patient' } };
  const sample = await own.member.session('POST', '/samples', { body: patient });
  const sent = await own.admin.session('POST', `${at}/test`);
  const released = await gateway.delivery(own);
  for (const level of ['technical', 'licensed', 'director'] as const) {
    await decide(own[level], [released.id, released.samples[0] ?? ''], level);
  }
  delivery = released.id;
  const becomes = (state: string) =>
    vi.waitUntil(async () => (await own.member.session('GET', `/deliveries/${delivery}`)).body['state'] === state, {
      timeout: 20_000,
      interval: 50,
    });
  await becomes('ready');
  await own.director.session('POST', `/deliveries/${delivery}/release`);
  await becomes('released');
  ids = {
    user_id: leaving.user.userId,
    sample_id: String(sample.body['sample_id']),
    partner_id: String(partner['partner_id']),
    token_id: String(partner['token_id']),
    endpoint_id: String(partner['endpoint_id']),
    message_id: String(sent.body['message_id']),
    address: own.member.user.email,
    job: own.jobId,
    url: receiver.url,
  };
}, 90_000);
afterAll(async () => {
  await gateway?.close();
  await receiver?.stop();
});

const named = (route: string, of: Ids): [Parameters<Call>[0], string] => {
  const [method = '', path = ''] = route.split(' ');
  // The tables name no other methods.
  return [method as Parameters<Call>[0], path.replaceAll(/\{(\w+)\}/g, (_, name: string) => of[name] ?? name)];
};
const ask = (call: Call, { route, body }: Pick<Route, 'route' | 'body'>): Promise<Answer> =>
  call(...named(route, ids), body ? { body: body(ids) } : {});

/** What is the own laboratory's, and stands in an answer without having been in the request. */
const told = ({ body }: Answer, { route, body: sent }: Pick<Route, 'route' | 'body'>, of: Ids = ids): string[] => {
  const [text, asked] = [JSON.stringify(body), JSON.stringify([named(route, of), sent?.(ids)])];
  const people = ROLES.flatMap((role) => [own[role].user.userId, own[role].user.email]);
  const known = [own.name, own.partnerId, own.jobId, delivery, ...people, ...Object.values(ids)];
  return known.filter((each) => text.includes(each) && !asked.includes(each));
};

/** By row-level security alone, as an administrator or partner of another laboratory. */
function seenFromOutside(headers: Record<string, string>): Call {
  const outside = foreign.admin.principal;
  const partner = { kind: 'service', name: callerOfPartner(partnerId(foreign.partnerId)) } as const;
  return seenAs(
    gateway,
    (principal) =>
      ({
        user: outside,
        service: { ...partner, organizationId: outside.organizationId },
        system: principal,
      })[principal.kind],
  )(headers);
}

it('there is no route but these', async () => {
  const { paths } = (await gateway.anyone('GET', '/openapi.json')).body as { paths: Record<string, object> };
  const described = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const routes = [...ROUTES, ...PARTNER_API].map(({ route }) => route);
  const known = [...PUBLIC, ...OF_THE_CALLER, ...OF_ONE_USER, ...OF_THE_REVIEW, ...OF_THE_OPERATOR, ...routes];
  expect(described.toSorted()).toEqual(known.toSorted());
});

// Those from outside first: what the own laboratory takes away would be there for nobody.
describe.for(ROUTES)('$route', (entry) => {
  it.for(ROLES)('tells and does nothing for a %s of another laboratory', async (role) => {
    const answer = await ask(foreign[role].session, entry);
    expect([role, answer.status, told(answer, entry)]).toEqual([role, (entry.foreign ?? all(404))[role], []]);
  });

  it.for(ROLES)('tells and does nothing for a %s by row-level security alone', async (role) => {
    const answer = await ask(seenFromOutside(own[role].headers.session), entry);
    const isLetIn = entry.own[role] !== 403;
    // Whose role is looked at before any object, or after it was not found.
    const expected = isLetIn || entry.foreign === undefined ? (entry.unseen ?? 404) : 403;
    expect([role, answer.status, told(answer, entry)]).toEqual([role, expected, []]);
  });

  it('is for each role what the table says, and for nobody and no API key', async () => {
    for (const role of ROLES) {
      expect((await ask(await own[role].withKey(), entry)).status).toBe(403);
      const answer = await ask(own[role].session, entry);
      expect([role, answer.status]).toEqual([role, entry.own[role]]);
    }
    expect((await ask(gateway.anyone, entry)).status).toBe(401);
  });
});

describe.for(PARTNER_API)('$route', ({ route, foreign: expected, unseen }) => {
  const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
  const request = () => named(route, { delivery_id: delivery });

  it('is nothing for another partner, nor for one by row-level security alone, nor for people', async () => {
    const callers = [
      [gateway.caller(bearer(foreign.partnerToken)), expected],
      [seenFromOutside(bearer(own.partnerToken)), unseen],
    ] as const;
    for (const [call, status] of callers) {
      const answer = await call(...request());
      const text = JSON.stringify(told(answer, { route }, { delivery_id: delivery }));
      expect([answer.status, text]).toEqual([status, '[]']);
    }
    for (const role of ROLES) {
      expect((await own[role].session(...request())).status).toBe(401);
      expect((await own[role].token(...request())).status).toBe(401);
    }
  });

  it('is for the partner', async () => {
    const answer = await gateway.caller(bearer(own.partnerToken))(...request());
    expect([answer.status, JSON.stringify(answer.body).includes(delivery)]).toEqual([200, true]);
  });
});

it.for(OF_THE_CALLER.filter((route) => route.startsWith('GET ')))('%s tells nothing of others', async (route) => {
  for (const role of ROLES) {
    const answer = await ask(foreign[role].session, { route });
    expect([role, answer.status, told(answer, { route })]).toEqual([role, 200, []]);
  }
  expect((await ask(gateway.anyone, { route })).status).toBe(401);
});
