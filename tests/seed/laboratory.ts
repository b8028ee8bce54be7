// The demo laboratory at work: partners, samples of synthetic patients, and deliveries, made by the seeded users over the
// public API. What is there already is known by its name or barcode, and left as it is.

import { z } from 'zod';
import { sampleListItem, type JobListItem } from '../../domain/http.ts';
import { createdPartner, partner, webhookEndpoint, webhookMessage } from '../../domain/http-partners.ts';
import { deliveryListItem, type Delivery } from '../../domain/http-review.ts';
import type { Program } from '../support/program.ts';
import { everyPage, expectAnswer, until } from './asking.ts';
import { bringOn, readDelivery, type KnownPartner, type LaboratoryPeople } from './bring-on.ts';
import { DEMO_DELIVERIES, demoPatient, type DemoDelivery } from './demo-deliveries.ts';
import { completedJob, jobsOf } from './jobs.ts';
import type { PartnerProgram } from './partner-program.ts';
import type { Report } from './report.ts';

const PARTNERS = {
  // Who has an address is told by mail as well.
  clinic: { name: 'Demo clinic', email: 'clinic@partner.test' },
  institute: { name: 'Demo institute' },
} as const;

const VARIANTS = 400;

interface Place {
  api: string;
  people: LaboratoryPeople;
  program: PartnerProgram;
  report: Report;
}

/** @throws Error when the service refuses a step */
export async function seedLaboratory(place: Place): Promise<void> {
  const { people, program, report } = place;
  const partners = await seedPartners(place);
  const samples = await seedSamples(people.member, report);
  const known = await deliveriesOf(people.member);
  for (const demo of DEMO_DELIVERIES) {
    const barcodes = demo.samples.map(({ barcode }) => barcode);
    const ids = barcodes.map((barcode) => samples.get(barcode) ?? '');
    // The oldest: people may have put the samples into another one since.
    const before = known.findLast((one) => one.samples.some(({ sample_id }) => ids.includes(sample_id)));
    const to = partners[demo.partner];
    const id = before?.delivery_id ?? (await putIntoReview(people.member, to.partnerId, ids));
    const steps = await bringOn(place, demo, id, to);
    if (before === undefined || steps > 0) report.made(demo.goal, `delivery of ${barcodes.join(', ')}: ${demo.shows}`);
    else report.found();
  }
  if (program.isListening) await webhooksArrived(people.admin, partners.clinic);
}

async function seedPartners({
  people,
  program,
  report,
}: Place): Promise<Record<DemoDelivery['partner'], KnownPartner>> {
  const known = await everyPage(people.admin, '/partners', 'partners', partner);
  const ensure = async (which: DemoDelivery['partner']): Promise<KnownPartner> => {
    const { name } = PARTNERS[which];
    const found = known.find((one) => one.name === name && one.disabled_at === null);
    if (found) {
      report.found();
      return { partnerId: found.partner_id };
    }
    const body = { ...PARTNERS[which], webhook_url: program.urls[which] };
    const made = expectAnswer(await people.admin.call('POST', '/partners', body), 201, createdPartner);
    report.made('partner', `${name}, whose program takes webhooks at ${program.urls[which]}`);
    return { partnerId: made.partner_id, token: made.token };
  };
  return { clinic: await ensure('clinic'), institute: await ensure('institute') };
}

/** The ids of the laboratory's samples by their barcodes, all demo samples among them. */
async function seedSamples(member: Program, report: Report): Promise<Map<string, string>> {
  const known = await everyPage(member, '/samples', 'samples', sampleListItem);
  const ids = new Map(known.map((sample) => [sample.barcode, sample.sample_id]));
  const jobs = await jobsOf(member);
  const barcodes = DEMO_DELIVERIES.flatMap(({ samples }) => samples.map(({ barcode }) => barcode));
  const missing = barcodes.filter((barcode) => !ids.has(barcode));
  const made = await Promise.all(missing.map((barcode) => makeSample(member, jobs, barcode)));
  for (const [at, barcode] of missing.entries()) ids.set(barcode, made[at] ?? '');
  if (missing.length === 0) report.found();
  else report.made('samples', `${missing.join(', ')}: each an annotation of premium’s, and a synthetic patient`);
  return ids;
}

async function makeSample(member: Program, jobs: readonly JobListItem[], barcode: string): Promise<string> {
  const file = { name: `${barcode.toLowerCase()}.vcf`, seed: Number(barcode.replace(/\D/g, '')), count: VARIANTS };
  const body = { barcode, job_id: await completedJob(member, jobs, file), patient: demoPatient(barcode) };
  const answer = await member.call('POST', '/samples', body);
  return expectAnswer(answer, 201, sampleListItem.pick({ sample_id: true })).sample_id;
}

async function deliveriesOf(member: Program): Promise<Delivery[]> {
  const listed = await everyPage(member, '/deliveries', 'deliveries', deliveryListItem);
  return Promise.all(listed.map(({ delivery_id }) => readDelivery(member, delivery_id)));
}

async function putIntoReview(member: Program, partnerId: string, sampleIds: string[]): Promise<string> {
  const answer = await member.call('POST', '/deliveries', { partner_id: partnerId, sample_ids: sampleIds });
  return expectAnswer(answer, 201, deliveryListItem.pick({ delivery_id: true })).delivery_id;
}

/** Waits until nothing is on its way to the partner: its program listens only while the seed runs. */
async function webhooksArrived(admin: Program, { partnerId }: KnownPartner): Promise<void> {
  const path = `/partners/${partnerId}/webhooks`;
  const shape = z.object({ endpoints: z.array(webhookEndpoint) });
  const { endpoints } = expectAnswer(await admin.call('GET', path), 200, shape);
  for (const { endpoint_id, disabled_at } of endpoints) {
    if (disabled_at !== null) continue;
    await until('the webhooks to arrive', async () => {
      const messages = await everyPage(admin, `${path}/${endpoint_id}/messages`, 'messages', webhookMessage);
      return messages.every(({ state }) => state !== 'pending');
    });
  }
}
