// Takes a demo delivery step by step to where it is to be left, as the people of the laboratory and its partner would.
// Every step follows from what the service says, so that a seed that was interrupted goes on where it ended.

import { createdServiceToken } from '../../domain/http-partners.ts';
import {
  decided,
  delivery as deliveryShape,
  deliveryListItem,
  type Delivery,
  type DeliverySample,
} from '../../domain/http-review.ts';
import type { ReviewLevel } from '../../domain/review.ts';
import type { Program } from '../support/program.ts';
import { expectAnswer, until } from './asking.ts';
import type { DemoDelivery, DemoSample } from './demo-deliveries.ts';

export interface LaboratoryPeople extends Record<ReviewLevel, Program> {
  /** Who makes samples and prepares deliveries. */
  member: Program;
  admin: Program;
}

export interface KnownPartner {
  partnerId: string;
  /** Shown once, when the partner is made. */
  token?: string;
}

interface Place {
  api: string;
  people: LaboratoryPeople;
}

export async function readDelivery(who: Program, id: string): Promise<Delivery> {
  return expectAnswer(await who.call('GET', `/deliveries/${id}`), 200, deliveryShape);
}

/** Answers how many steps were left. */
export async function bringOn(place: Place, demo: DemoDelivery, id: string, to: KnownPartner): Promise<number> {
  let steps = 0;
  for (const sample of demo.samples) steps += await review(place.people, id, sample);
  for (;;) {
    const step = stepFrom(place, demo, await readDelivery(place.people.member, id), to);
    if (step === undefined) return steps;
    await step();
    steps += 1;
  }
}

/** Takes the decisions that are left; answers how many. */
async function review(people: LaboratoryPeople, id: string, demo: DemoSample): Promise<number> {
  for (let taken = 0; ; taken += 1) {
    const sample = await underReview(people.member, id, demo.barcode);
    const next = demo.decisions[sample?.decisions.length ?? demo.decisions.length];
    if (sample === undefined || next === undefined) return taken;
    const body = { ...next, result_checksum: sample.result_checksum };
    const path = `/deliveries/${id}/samples/${sample.sample_id}/decisions`;
    expectAnswer(await people[next.level].call('POST', path, body), 200, decided);
  }
}

/** The sample, once it is not being annotated again; undefined when its delivery is not under review any more. */
async function underReview(who: Program, id: string, barcode: string): Promise<DeliverySample | undefined> {
  let found: DeliverySample | undefined;
  await until(`${barcode} to be annotated again`, async () => {
    const { state, samples } = await readDelivery(who, id);
    found = state === 'in_review' ? samples.find((one) => one.barcode === barcode) : undefined;
    return found?.state !== 'reannotating';
  });
  return found;
}

/** Undefined when the goal is reached, or people have gone another way since. */
function stepFrom(
  { api, people }: Place,
  { goal }: DemoDelivery,
  { delivery_id: id, state, release_failure, samples }: Delivery,
  to: KnownPartner,
): (() => Promise<unknown>) | undefined {
  const direct = async (act: 'release' | 'recall') =>
    expectAnswer(await people.director.call('POST', `/deliveries/${id}/${act}`), 200, deliveryListItem.partial());
  const wait = () =>
    until(`${id} not to be ${state}`, async () => (await readDelivery(people.member, id)).state !== state);
  const isReviewed = samples.every((sample) => sample.state === 'accepted' || sample.state === 'withdrawn');
  const isHandedOver = goal === 'releasing' || goal === 'released' || goal === 'acknowledged';

  if (state === 'in_review' && goal === 'recalled') return () => direct('recall');
  if (state === 'in_review' && isReviewed) return wait;
  if (state === 'ready' && isHandedOver && release_failure === undefined) return () => direct('release');
  if (state === 'releasing' && goal !== 'releasing') return wait;
  if (state === 'released' && goal === 'acknowledged') return () => acknowledge(api, id, people.admin, to);
  return undefined;
}

/** As the partner's own program does it, with its token; with a new one where the first is not known any more. */
async function acknowledge(api: string, id: string, admin: Program, { partnerId, token }: KnownPartner): Promise<void> {
  const path = `/partners/${partnerId}/tokens`;
  const known = token ?? expectAnswer(await admin.call('POST', path, {}), 201, createdServiceToken).token;
  const answer = await fetch(`${api}/partner/v1/deliveries/${id}/acknowledge`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${known}`, Accept: 'application/json' },
  });
  if (!answer.ok) throw new Error(`the acknowledgement was refused: ${answer.status} ${await answer.text()}`);
}
