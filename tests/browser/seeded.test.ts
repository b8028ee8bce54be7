// What people do in a browser with the laboratory that `npm run seed` has made on a whole stack: a delegate decides, the
// director recalls a delivery, an administrator sends a webhook again and erases a patient, and a release that fails for
// good leaves the delivery as it was. The tests follow one another.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { delivery as deliveryShape, deliveryListItem } from '../../domain/http-review.ts';
import { DELIVERY_STATES } from '../../domain/review.ts';
import { projectDirectory } from '../../infra/local/home.ts';
import { signIn } from '../support/program.ts';
import { answering, startReceiver, type Receiver } from '../support/receiver.ts';
import { startStack, type TestStack } from '../support/services.ts';
import { launchChromium } from './chromium.ts';
import { openVisitor, type Visitor } from './visitor.ts';

const DAY_MS = 86_400_000;
const POLL = { timeout: 60_000, interval: 250 };

let running: TestStack;
let receiver: Receiver | undefined;
let browser: Browser;
let api: string;
let visitor: Visitor;
let page: Visitor['page'];
/** The page of the delivery that a sample is in, by its barcode. */
const paths = new Map<string, string>();
let partnerPath: string;
const pathOf = (barcode: string): string => paths.get(barcode) ?? '';

beforeAll(async () => {
  [running, browser] = await Promise.all([startStack(), launchChromium()]);
  api = running.stack.api;
  visitor = await openVisitor(browser, api);
  page = visitor.page;
});

afterAll(async () => {
  await browser?.close();
  await receiver?.stop();
  await running?.stop();
});

async function seed(): Promise<string> {
  const program = [join('infra', 'local', 'with-stack.ts'), join('tests', 'seed', 'main.ts')];
  const env = { ...process.env, VARLOOM_HOME: running.home };
  return (await promisify(execFile)(process.execPath, program, { cwd: projectDirectory, env })).stdout;
}

async function deliveries() {
  const premium = await signIn(running, 'premium@varloom.test');
  const { body } = await premium.call('GET', '/deliveries');
  return Promise.all(
    z
      .array(deliveryListItem)
      .parse(body['deliveries'])
      .map(async ({ delivery_id }) =>
        deliveryShape.parse((await premium.call('GET', `/deliveries/${delivery_id}`)).body),
      ),
  );
}

test('the seed makes deliveries in every state, and a second run adds nothing', async () => {
  const told = await seed();
  const made = await deliveries();
  expect(new Set(made.map(({ state }) => state))).toEqual(new Set(DELIVERY_STATES));
  const waiting = made.filter(({ state }) => state === 'in_review').flatMap(({ samples }) => samples);
  expect(new Set(waiting.map(({ level }) => level))).toEqual(new Set(['technical', 'licensed', 'director']));
  for (const { delivery_id, samples } of made) {
    for (const { barcode } of samples) paths.set(barcode, `/deliveries/${delivery_id}`);
  }

  expect(await seed()).toContain('Nothing was missing');
  expect(await deliveries()).toEqual(made);

  // The programs of the partners ran only as long as the seed: from now on, this one is there.
  const port = Number(/127\.0\.0\.1:(\d+)\/institute/.exec(told)?.[1]);
  receiver = await startReceiver({ port });
  // As that of the seed did: what waits for its next attempt goes on waiting.
  receiver.behave = answering(503);
});

test('a director recalls a delivery, after a second question', async () => {
  await visitor.become('director', pathOf('DEMO-03'));
  await visitor.button('Recall the delivery').click();
  const dialog = page.getByRole('dialog');
  await visitor.button('Keep it', dialog).click();
  await dialog.waitFor({ state: 'detached' });
  await visitor.button('Recall the delivery').click();
  await visitor.button('Recall it', dialog).click();
  await visitor.see('A director recalled the delivery before it was released.');
  await page.getByText('Recalled', { exact: true }).waitFor();
  expect(await visitor.button('Recall the delivery').count()).toBe(0);
});

test('the director goes away, and the delegate decides in their stead', async () => {
  await page.goto(`${api}/organization`);
  await page.getByLabel('Who decides').selectOption({ label: 'Premium user' });
  const inDays = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 16);
  await page.getByLabel('From').fill(inDays(-2));
  await page.getByLabel('Until').fill(inDays(5));
  await visitor.button('Delegate').click();
  await page.getByRole('button', { name: /^End the delegation to/ }).waitFor();

  await visitor.become('premium', '/reviews');
  // What was recalled waits for nobody; what waits for technical reviewers, not for a director's delegate.
  await visitor.row('DEMO-05').waitFor();
  expect(await page.getByRole('row').count()).toBe(3);
  await visitor.row('DEMO-05').getByRole('link', { name: 'DEMO-05' }).click();
  await visitor.see('You decide in the stead of Lab director.');
  await page.getByRole('radio', { name: 'Accept' }).check();
  await page.getByRole('checkbox', { name: /^I sign: “I take responsibility/ }).check();
  await visitor.button('Sign and accept').click();
  await visitor.see(/^Accepted: your signed decision is recorded/);
  const last = page.getByRole('list', { name: 'Decisions' }).getByRole('listitem').last();
  await last.getByText('In the stead of').waitFor();
  expect(await last.innerText()).toMatch(/Director’s review[\s\S]*Premium user, [\s\S]*Lab director/);
});

test('a webhook that did not arrive is sent now, from the delivery log, and the delivery is released', async () => {
  await visitor.become('admin', '/partners');
  await page.getByRole('link', { name: 'Demo institute' }).click();
  await visitor.heading('Demo institute').waitFor();
  partnerPath = new URL(page.url()).pathname;
  const sent = visitor.row('Delivery released');
  await sent.getByText('On its way').waitFor();
  const about = sent.getByRole('link', { name: /^Delivery [0-9a-f]{8}$/ });
  expect(await about.getAttribute('href')).toBe(pathOf('DEMO-09'));
  if (!receiver) throw new Error('no receiver');
  receiver.behave = answering(204);
  const before = receiver.received.length;
  await page.getByRole('button', { name: /^Send now: Delivery released/ }).click();
  await sent.getByText('Arrived').waitFor();
  expect(receiver.received.slice(before).map(({ path }) => path)).toEqual(['/institute']);
  // Once more, though it has arrived.
  await page.getByRole('button', { name: /^Send again: Delivery released/ }).click();
  await expect.poll(() => receiver?.received.length, POLL).toBe(before + 2);

  await page.goto(api + pathOf('DEMO-09'));
  await page.getByText('Released', { exact: true }).first().waitFor();
});

test('a patient is erased for good, after a second question', async () => {
  await page.goto(`${api}/samples`);
  await visitor.button('Patient of DEMO-13').click();
  await visitor.button('Show patient data').click();
  await visitor.see('Synthetic patient 13');
  await visitor.button('Erase the patient’s data').click();
  const question = page.getByRole('dialog', { name: 'Erase this patient’s data?' });
  await visitor.button('Erase for good', question).click();
  await question.waitFor({ state: 'detached' });
  await visitor.button('Show patient data').click();
  await visitor.see(/^The patient’s data were erased on/);
  expect(await page.content()).not.toContain('Synthetic patient 13');
});

test('the audit log says so in words, with the code beside them, for the kind that was chosen in words', async () => {
  await page.goto(`${api}/audit`);
  await page.getByLabel('What').selectOption({ label: 'Patient' });
  await visitor.button('Show').click();
  await page.waitForURL(`${api}/audit?entity=patient`);
  const erased = visitor.row('Patient data erased');
  await erased.getByText('patient.erased', { exact: true }).waitFor();
  await erased.getByRole('button', { name: /^Show everything about Patient / }).click();
  await page.waitForURL(/\/audit\?entity=patient%2F/);
  await visitor.row('Patient data saved').waitFor();
  expect(await page.getByLabel('Its ID').inputValue()).toMatch(/^[0-9a-f-]{36}$/);
  expect(await visitor.faultsOf(['/audit', partnerPath])).toEqual({});
});

test('a release that fails for good is taken back: the delivery is ready again, and people are told', async () => {
  if (receiver) receiver.behave = answering(410);
  await visitor.become('director', pathOf('DEMO-07'));
  await visitor.button('Release to Demo institute').click();
  await visitor.button('Release it', page.getByRole('dialog')).click();
  const alert = page.getByRole('alert', { name: 'The last release failed' });
  await alert.waitFor();
  expect(await alert.innerText()).toContain('Release it again when the cause is gone');
  // Its endpoint said that it is gone: until there is another one, a release would reach nobody.
  await page.getByRole('alert', { name: 'Before you release it' }).waitFor();
  await page.getByText('Ready', { exact: true }).first().waitFor();
  await visitor.button('Release to Demo institute').waitFor();

  const mails = z.array(z.object({ subject: z.string(), to: z.array(z.object({ address: z.string() })) }));
  const told = async () =>
    mails
      .parse(await (await fetch(running.stack.mail.api ?? '')).json())
      .filter(({ subject }) => subject.includes('could not be released'))
      .flatMap(({ to }) => to.map(({ address }) => address))
      .toSorted();
  await expect.poll(told, POLL).toEqual(['admin@varloom.test', 'director@varloom.test']);
});

test('nothing broke in the browser on the way, and nothing was asked that the content policy forbids', () => {
  expect(visitor.complaints).toEqual([]);
});
