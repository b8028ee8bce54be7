// Every combination of who decides what, where and after whom, against Postgres: nothing is taken that the rules forbid, and
// nothing refused that they allow. What is right is said here a second time, in other words than `domain/review.ts`.

import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { VarloomError } from '../domain/errors.ts';
import { deliveryId, sampleId } from '../domain/ids.ts';
import { ROLES, system, type Role } from '../domain/principal.ts';
import { ownDatabase, type OwnDatabase } from '../tests/support/own-database.ts';
import type { Database } from './client.ts';
import { writeDecision, type SignedDecision } from './decisions.ts';
import { principalOf, type UserPrincipal } from './identity.ts';
import {
  decisions,
  deliveries,
  deliverySamples,
  jobs,
  organizations,
  partners,
  samples,
  uploads,
  users,
} from './schema/index.ts';

const CHECKSUM = 'ab'.repeat(32);
const MAX_AGE_SECONDS = 900;
const SETTINGS = { signatureMaxAgeSeconds: MAX_AGE_SECONDS, claimSeconds: 3600 };
const LEVELS = ['technical', 'licensed', 'director'] as const;
type Level = (typeof LEVELS)[number];

/** Where the sample is: how many levels have accepted, or how its review ended. */
const PLACES = [
  { name: 'at technical', state: 'in_review', at: 0 },
  { name: 'at licensed', state: 'in_review', at: 1 },
  { name: 'at director', state: 'in_review', at: 2 },
  // Decided at licensed, and at technical before: to be decided there once more.
  { name: 'returned to technical', state: 'in_review', at: 0, hasReturned: true },
  { name: 'returned to licensed', state: 'in_review', at: 1, hasReturned: true },
  { name: 'accepted', state: 'accepted', at: 3 },
  { name: 'withdrawn', state: 'withdrawn', at: 1 },
  { name: 'reannotating', state: 'reannotating', at: 1 },
  { name: 'recalled', state: 'in_review', at: 1, isRecalled: true },
] as const;
type Place = (typeof PLACES)[number];

/** Who signs: somebody who has decided nothing of this sample, or who has decided that level. */
const PERSONS = ['nobody yet', ...LEVELS] as const;

/** What is signed. */
const ACTS = [
  { name: 'accept', decision: 'accept' },
  { name: 'withdraw', decision: 'reject', reasonCode: 'low_quality', followUp: 'withdraw' },
  { name: 'return', decision: 'reject', reasonCode: 'low_quality', followUp: 'return' },
  { name: 'reannotate', decision: 'reject', reasonCode: 'low_quality', followUp: 'reannotate' },
  { name: 'a reject without a reason', decision: 'reject', followUp: 'withdraw' },
  { name: 'a reject for another reason, uncommented', decision: 'reject', reasonCode: 'other', followUp: 'withdraw' },
  { name: 'a reject for another reason', decision: 'reject', reasonCode: 'other', comment: 'x', followUp: 'withdraw' },
  { name: 'a reject without what follows', decision: 'reject', reasonCode: 'low_quality' },
] as const;
type Act = (typeof ACTS)[number];

/** What else may be wrong with a signature. */
const FLAWS = ['none', 'old sign-in', 'another result', 'claimed by another', 'archived', 'foreign'] as const;
type Flaw = (typeof FLAWS)[number];

/** Whether theirs is still the last decision of that level, or somebody else has decided it after them. */
const SINCE = ['theirs is the last', 'decided there by another since'] as const;

interface Case {
  place: Place;
  level: Level;
  role: Role;
  person: (typeof PERSONS)[number];
  since: (typeof SINCE)[number];
  act: Act;
  flaw: Flaw;
}

/** The levels that somebody has decided in this round, when the sample is at this place. */
const decidedAt = ({ at, ...place }: Place): Level[] => {
  const below = LEVELS.slice(0, at);
  if (place.state === 'withdrawn' || place.state === 'reannotating') return LEVELS.slice(0, at + 1);
  return 'hasReturned' in place ? LEVELS.slice(0, at + 2) : below;
};

/** The rules, as the requirement states them. */
function isLegal({ place, level, role, person, act, flaw }: Case): boolean {
  const isComplete =
    act.decision === 'accept' ||
    ['withdraw', 'return', 'reannotate'].includes(act.name) ||
    act.name === 'a reject for another reason';
  const canReturn = act.name !== 'return' || level !== 'technical';
  const isOpen = [
    'at technical',
    'at licensed',
    'at director',
    'returned to technical',
    'returned to licensed',
  ].includes(place.name);
  const isDue = place.name.endsWith(` ${level}`);
  // The same person may decide again what was theirs, when it comes back; whoever has decided there since changes nothing.
  const isAnother = person === 'nobody yet' || person === level || !decidedAt(place).includes(person);
  return isComplete && canReturn && isOpen && isDue && role === level && isAnother && flaw === 'none';
}

let own: OwnDatabase;
let database: Database;
const laboratory = randomUUID();
const elsewhere = randomUUID();
const asSystem = system('test');
/** For each role, who has decided each level, or none: their role is what it is now, whatever they signed as. */
const signers = new Map<string, UserPrincipal>();
let foreigner: UserPrincipal;
let partnerId: string;
let uploadId: string;

const newUser = (organizationId: string, role: Role) => {
  const userId = randomUUID();
  return {
    userId,
    organizationId,
    issuer: 'http://issuer.test',
    subject: userId,
    email: 'x@varloom.test',
    role,
    plan: 'free' as const,
  };
};

beforeAll(async () => {
  own = await ownDatabase();
  ({ database } = own);
  partnerId = randomUUID();
  uploadId = randomUUID();
  await database.write(asSystem, async (tx) => {
    const named = { name: 'Laboratory', kind: 'laboratory' } as const;
    await tx.insert(organizations).values([
      { organizationId: laboratory, ...named },
      { organizationId: elsewhere, ...named },
    ]);
    for (const role of ROLES) {
      for (const person of PERSONS) {
        const user = newUser(laboratory, role);
        await tx.insert(users).values(user);
        signers.set(`${role} ${person}`, principalOf(user));
      }
    }
    const stranger = newUser(elsewhere, 'technical');
    await tx.insert(users).values(stranger);
    foreigner = principalOf(stranger);
    await tx.insert(partners).values({ organizationId: laboratory, partnerId, name: 'P' });
    await tx.insert(uploads).values({
      uploadId,
      organizationId: laboratory,
      userId: signer('member', 'nobody yet').userId,
      fileName: 'a.vcf',
      source: 'api',
      sizeLimitBytes: 10,
      expiresAt: new Date(),
    });
  });
});
afterAll(() => own.close());

function signer(role: Role, person: (typeof PERSONS)[number]): UserPrincipal {
  const found = signers.get(`${role} ${person}`);
  if (!found) throw new Error('nobody');
  return found;
}

/** As many samples as there are cases, each at its place, with the rows that its history would have left. */
async function lay(cases: readonly Case[]) {
  const owned = { organizationId: laboratory };
  const owner = signer('member', 'nobody yet').userId;
  return database.write(asSystem, async (tx) => {
    const laid = cases.map((one) => ({ one, job: randomUUID(), sample: randomUUID(), delivery: randomUUID() }));
    await tx.insert(jobs).values(
      laid.map(({ one, job }) => ({
        ...owned,
        jobId: job,
        userId: owner,
        uploadId,
        source: 'api' as const,
        fileName: 'a.vcf',
        inputEtag: '"1"',
        inputSizeBytes: 5,
        genome: 'demo',
        consequenceMode: 'auto' as const,
        status: 'COMPLETED' as const,
        completedAt: new Date(),
        generation: 1,
        resultPrefix: job,
        resultsFileArchiveId: one.flaw === 'archived' ? job : null,
        resultState: one.flaw === 'archived' ? ('archived' as const) : ('live' as const),
        resultSha256: CHECKSUM,
      })),
    );
    await tx
      .insert(samples)
      .values(
        laid.map(({ job, sample }) => ({ ...owned, sampleId: sample, barcode: sample, jobId: job, createdBy: owner })),
      );
    await tx.insert(deliveries).values(
      laid.map(({ one, delivery }) => ({
        ...owned,
        deliveryId: delivery,
        partnerId,
        createdBy: owner,
        state: one.place.name === 'recalled' ? ('recalled' as const) : ('in_review' as const),
      })),
    );
    await tx.insert(deliverySamples).values(
      laid.map(({ one: { place, flaw }, sample, delivery }) => ({
        ...owned,
        deliveryId: delivery,
        sampleId: sample,
        state: place.state,
        level: LEVELS[Math.min(place.at, 2)] ?? ('technical' as const),
        isOpen: place.name !== 'recalled',
        claimedBy: flaw === 'claimed by another' ? owner : null,
        claimedAt: flaw === 'claimed by another' ? new Date() : null,
      })),
    );
    const earlier = laid.flatMap(({ one, job, sample, delivery }) =>
      decisionsAt(one).map(({ level, userId }) => ({
        ...owned,
        decisionId: randomUUID(),
        deliveryId: delivery,
        sampleId: sample,
        round: 1,
        level,
        decision: 'accept' as const,
        userId,
        signerName: 'x',
        role: level,
        meaning: 'reviewed' as const,
        jobId: job,
        checksum: CHECKSUM,
        authenticatedAt: new Date(),
      })),
    );
    if (earlier.length > 0) await tx.insert(decisions).values(earlier);
    return laid;
  });
}

/** The signer of the case has decided their level, and somebody whom no case is about the others, and this one since. */
const decisionsAt = ({ place, role, person, since }: Case) =>
  decidedAt(place).flatMap((level) => {
    if (level !== person) return [{ level, userId: foreigner.userId }];
    const theirs = { level, userId: signer(role, person).userId };
    return since === 'theirs is the last' ? [theirs] : [theirs, { level, userId: foreigner.userId }];
  });

async function isTaken({ one, sample, delivery }: { one: Case; sample: string; delivery: string }): Promise<boolean> {
  const { level, role, person, flaw, act } = one;
  const { name: _, ...signed } = act;
  const secondsAgo = flaw === 'old sign-in' ? MAX_AGE_SECONDS + 60 : 1;
  const decision: SignedDecision = {
    decisionId: randomUUID(),
    level,
    resultChecksum: flaw === 'another result' ? 'cd'.repeat(32) : CHECKSUM,
    authenticatedAt: new Date(Date.now() - secondsAgo * 1000).toISOString(),
    ...signed,
  };
  const ref = { delivery: deliveryId(delivery), sample: sampleId(sample) };
  const principal = flaw === 'foreign' ? foreigner : signer(role, person);
  try {
    await writeDecision(database, principal, ref, decision, SETTINGS);
    return true;
  } catch (error) {
    if (!(error instanceof VarloomError)) throw error;
    return false;
  }
}

const CASES: Case[] = PLACES.flatMap((place) =>
  LEVELS.flatMap((level) =>
    ROLES.flatMap((role) =>
      PERSONS.flatMap((person) =>
        SINCE.filter((since) => person !== 'nobody yet' || since === 'theirs is the last').flatMap((since) =>
          ACTS.flatMap((act) =>
            // What else is wrong matters where nothing is wrong otherwise; there it is tried with every place and person.
            FLAWS.filter((flaw) => flaw === 'none' || (act.name === 'accept' && role === level)).map((flaw) => {
              return { place, level, role, person, since, act, flaw };
            }),
          ),
        ),
      ),
    ),
  ),
).filter(({ place, person }) => person === 'nobody yet' || decidedAt(place).includes(person));

it('the oracle finds both kinds, so that the next test can fail', () => {
  const legal = CASES.filter(isLegal).length;
  expect(CASES.length).toBeGreaterThan(2500);
  expect(legal).toBeGreaterThan(30);
  expect(legal).toBeLessThan(CASES.length / 10);
});

it.for(PLACES)('a sample that is $name: what is forbidden is refused, and what is allowed is taken', async (place) => {
  const laid = await lay(CASES.filter((one) => one.place === place));
  const wrong: string[] = [];
  const work = laid.values();
  const decideAll = async () => {
    for (const each of work) {
      const { level, role, person, since, act, flaw } = each.one;
      const taken = await isTaken(each);
      if (taken === isLegal(each.one)) continue;
      const what = `${act.name} at ${level} by a ${role} who has decided ${person}, ${since}; flaw: ${flaw}`;
      wrong.push(`${taken ? 'taken' : 'refused'}: ${what}`);
    }
  };
  await Promise.all([decideAll(), decideAll(), decideAll(), decideAll()]);
  expect(wrong).toEqual([]);
  const rows = await database.write(asSystem, (tx) =>
    tx.select({ id: decisions.decisionId }).from(decisions).where(eq(decisions.organizationId, laboratory)),
  );
  expect(rows.length).toBeGreaterThan(0);
});
