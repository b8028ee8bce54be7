// What the people of a laboratory do in a browser, on a whole stack: a sample is made, three people sign in one after the
// other and review it, one of them sends it back, and the director releases it to a partner, whose own program is told by
// a webhook, fetches the results and acknowledges them. The tests follow one another.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import postgres from 'postgres';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { manifest as manifestShape } from '../../domain/http-partners.ts';
import { writeDemoFiles } from '../../infra/local/demo-genome.ts';
import { openHome } from '../../infra/local/home.ts';
import { signIn } from '../support/program.ts';
import { startReceiver, type Receiver } from '../support/receiver.ts';
import { startStack, type TestStack } from '../support/services.ts';
import { launchChromium } from './chromium.ts';
import { openVisitor, type Visitor } from './visitor.ts';

const PATIENCE_MS = 60_000;
const PARTNER = 'Clinic of the North';
const FIRST = 'LAB-0001';
const SECOND = 'LAB-0002';
const PATIENT = 'Wilhelmina Quastenflosser';

let running: TestStack;
let receiver: Receiver;
let api: string;
let browser: Browser;
let visitor: Visitor;
let page: Visitor['page'];
let heading: Visitor['heading'];
let button: Visitor['button'];
let row: Visitor['row'];
let fact: Visitor['fact'];
let see: Visitor['see'];
let become: Visitor['become'];
let chooseUser: Visitor['chooseUser'];
let vcf: string;
let token: string;
let webhookSecret: string;
let deliveryPath: string;

beforeAll(async () => {
  receiver = await startReceiver();
  [running, browser] = await Promise.all([
    startStack({ env: { WEBHOOK_ALLOWED_PRIVATE: receiver.hostPort } }),
    launchChromium(),
  ]);
  api = running.stack.api;
  vcf = join(await writeDemoFiles(openHome(running.home)), 'demo.vcf');
  visitor = await openVisitor(browser, api);
  ({ page, heading, button, row, fact, see, become, chooseUser } = visitor);
});

afterAll(async () => {
  await browser?.close();
  await receiver?.stop();
  await running?.stop();
});

async function openFromQueue(barcode: string): Promise<void> {
  await page.goto(`${api}/reviews`);
  await row(barcode).getByRole('link', { name: barcode }).click();
  await heading(barcode).waitFor();
}

/** Signs and sends what was filled in. */
async function sign(act: 'accept' | 'reject'): Promise<void> {
  await page.getByRole('checkbox', { name: /^I sign/ }).check();
  await button(`Sign and ${act}`).click();
}

async function accept(barcode: string): Promise<void> {
  await openFromQueue(barcode);
  await page.getByRole('radio', { name: 'Accept' }).check();
  await sign('accept');
  await see(/^Accepted: your signed decision is recorded/);
}

test('a completed job is made a sample on its own page, with the patient it is of', async () => {
  await become('premium', '/annotate');
  await visitor.seePages(['Deliveries', 'Samples', 'Organization']);
  await page.locator('input[type=file]').setInputFiles(vcf);
  await page.waitForURL(/\/jobs\/[0-9a-f-]{36}$/);
  await page.getByText('Completed', { exact: true }).waitFor();
  await button('Make a sample').click();
  await page.getByRole('textbox', { name: 'Barcode' }).fill(FIRST);
  await page.getByLabel('Name', { exact: true }).fill(PATIENT);
  await button('Make the sample', page.getByRole('dialog')).click();
  await see(`Sample ${FIRST} is made`);
  expect(await page.getByRole('textbox', { name: 'Barcode' }).count()).toBe(0);
});

test('another one is made from the list, and a barcode that is taken is refused in words', async () => {
  const program = await signIn(running, 'premium@varloom.test');
  const id = await program.annotate(await program.upload('second.vcf', await readFile(vcf)), { genome: 'demo' });
  expect(await program.ended(id)).toMatchObject({ job_status: 'COMPLETED' });
  await page.getByRole('link', { name: 'Samples', exact: true }).click();
  await row(FIRST).waitFor();
  await button('Make a sample').click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Annotation').selectOption(id);
  await dialog.getByRole('textbox', { name: 'Barcode' }).fill(FIRST);
  await button('Make the sample', dialog).click();
  expect(await dialog.getByRole('alert').innerText()).toContain('Use the sample that has this barcode');
  await dialog.getByRole('textbox', { name: 'Barcode' }).fill(SECOND);
  await button('Make the sample', dialog).click();
  await row(SECOND).waitFor();
});

test('who may not read patient data is told so', async () => {
  await button(`Patient of ${FIRST}`).click();
  await see('Your role does not read patient data.');
  expect(await button('Show patient data').count()).toBe(0);
  await page.keyboard.press('Escape');
});

test('an administrator adds the partner; its secrets are shown once, and a test reaches its program', async () => {
  await become('admin', '/partners');
  await visitor.seePages(['Deliveries', 'Samples', 'Partners', 'Organization', 'Audit log']);
  await page.getByLabel('Name').fill(PARTNER);
  await page.getByLabel('E-mail').fill('clinic@partner.test');
  await page.getByLabel('Webhook address').fill('http://169.254.169.254/latest');
  await button('Add the partner').click();
  await page.getByRole('alert').waitFor();
  expect(await page.getByRole('alert').innerText()).toContain('reached from the internet');

  await page.getByLabel('Webhook address').fill(receiver.url);
  await button('Add the partner').click();
  const dialog = page.getByRole('dialog');
  token = (await dialog.getByLabel('Token', { exact: true }).innerText()).trim();
  webhookSecret = (await dialog.getByLabel('Webhook secret', { exact: true }).innerText()).trim();
  await button('I have copied everything', dialog).click();
  await dialog.waitFor({ state: 'detached' });
  expect(await page.content()).not.toContain(token);

  await page.getByRole('link', { name: PARTNER }).click();
  await heading(PARTNER).waitFor();
  await button('Send a test').click();
  await row('Test').filter({ hasText: 'Arrived' }).waitFor();
  expect(await row('Test').innerText()).toContain('HTTP 204');
  expect(receiver.received.map((sent) => receiver.verify(sent, webhookSecret))).toEqual([
    expect.objectContaining({ type: 'webhook.tested' }),
  ]);
});

test('a delivery of both samples is put into review', async () => {
  await become('premium', '/deliveries');
  await see('There are no deliveries yet.');
  await page.getByRole('link', { name: 'Prepare a delivery' }).click();
  await page.getByLabel('Partner').selectOption(PARTNER);
  expect(await button('Put into review').isDisabled()).toBe(true);
  await page.getByRole('checkbox', { name: FIRST }).check();
  await page.getByRole('checkbox', { name: SECOND }).check();
  await see('2 samples chosen');
  await button('Put into review').click();
  await heading(`Delivery to ${PARTNER}`).waitFor();
  deliveryPath = new URL(page.url()).pathname;
  await see('2 in review.');
  expect(await button('Recall the delivery').count()).toBe(0);
});

test('the technical reviewer finds both in the queue, claims one, and gives it back', async () => {
  await become('tech', '/reviews');
  await visitor.seePages(['Reviews', 'Deliveries', 'Samples', 'Organization']);
  await row(SECOND).waitFor();
  expect(await row(FIRST).innerText()).toMatch(/Technical review[\s\S]*Nobody/);
  await button(`Claim ${FIRST}`).click();
  await row(FIRST).getByText('You', { exact: true }).waitFor();
  await button(`Give back ${FIRST}`).click();
  await button(`Claim ${FIRST}`).waitFor();
});

test('the sample shows what was found; the patient only when asked for, and says that this is recorded', async () => {
  await openFromQueue(FIRST);
  await page.getByRole('table', { name: /consequence/i }).waitFor();
  expect(await page.getByRole('region', { name: 'Log of the annotation' }).innerText()).toContain('bcftools');
  await see('Nobody has decided yet.');
  await see('That you read them is written into the audit log.');
  expect(await page.locator('main').innerText()).not.toContain(PATIENT);
  await button('Show patient data').click();
  await see(PATIENT);
  await button('Hide').click();
  await page.getByText(PATIENT).waitFor({ state: 'detached' });

  const saved = page.waitForEvent('download');
  await button('Download the result').click();
  const download = await saved;
  expect(gunzipSync(await readFile(await download.path())).toString()).toContain('##INFO=<ID=BCSQ');
});

test('a decision is not sent before it is whole and signed', async () => {
  const accepting = button('Sign and accept');
  expect(await accepting.isDisabled()).toBe(true);
  await see('Choose whether you accept or reject the sample.');
  await page.getByRole('radio', { name: 'Reject' }).check();
  expect(await page.getByRole('radio', { name: /^Return to the level below/ }).isDisabled()).toBe(true);
  await see('Choose a reason.');
  await page.getByRole('radio', { name: 'Accept' }).check();
  await see('Sign above to go on.');
  await see(/^You signed in .* ago; a signature needs a sign-in of the last 15 minutes/);
  await see('“I have reviewed this result”');
  await sign('accept');
  await see(/^Accepted: your signed decision is recorded/);
  const made = page.getByRole('list', { name: 'Decisions' }).getByRole('listitem');
  await made.first().waitFor();
  expect(await made.count()).toBe(1);
  expect(await made.innerText()).toMatch(/Accepted\s+Technical review[\s\S]*Technical reviewer, technical reviewer/);
});

test('a sample can be annotated again with another mode, and its review starts afresh', async () => {
  await openFromQueue(SECOND);
  await page.getByRole('radio', { name: 'Reject' }).check();
  await page.getByLabel('Reason').selectOption('wrong_settings');
  await page.getByRole('radio', { name: /^Annotate again/ }).check();
  await see('Choose another genome or another mode for the new annotation.');
  await page.getByLabel('Consequence mode of the new annotation').selectOption('local');
  await sign('reject');
  await see(/^Rejected: your signed decision is recorded/);
  // Without a reload.
  await fact('Round', '2').waitFor();
  await page.getByText('In review', { exact: true }).waitFor();
  await fact('Consequence mode', 'local').waitFor();
  await see('Of an earlier result');
  expect(await page.getByRole('list', { name: 'Decisions' }).getByRole('listitem').count()).toBe(1);
});

test('who signed in too long ago signs in again, and comes back to what was typed', async () => {
  await accept(SECOND);
  await become('licensed', '/reviews');
  await openFromQueue(FIRST);
  await page.getByRole('radio', { name: 'Reject' }).check();
  await page.getByLabel('Reason').selectOption('low_quality');
  await page.getByRole('radio', { name: /^Return to the level below/ }).check();
  await page.getByLabel('Comment').fill('Look at chr2 again, please.');
  await ageSessions();
  await sign('reject');
  const alert = page.getByRole('alert');
  await alert.waitFor();
  expect(await alert.innerText()).toContain('a signature needs a recent sign-in');
  await page.getByRole('link', { name: 'Sign in again' }).click();
  // The sign-in service asks, though it knows who is there.
  await chooseUser('licensed');
  await heading(FIRST).waitFor();
  expect(await page.getByLabel('Comment').inputValue()).toBe('Look at chr2 again, please.');
  expect(await page.getByLabel('Reason').inputValue()).toBe('low_quality');
  expect(await page.getByRole('checkbox', { name: /^I sign/ }).isChecked()).toBe(false);
  await sign('reject');
  await see(/^Rejected: your signed decision is recorded/);
  await accept(SECOND);
});

test('the level below reads why, and decides anew', async () => {
  await become('tech', '/reviews');
  await openFromQueue(FIRST);
  await see('Look at chr2 again, please.');
  expect(await page.getByRole('list', { name: 'Decisions' }).innerText()).toMatch(
    /Quality too low[\s\S]*Return to the/,
  );
  await accept(FIRST);
});

test('each level is decided by another person, in turn', async () => {
  await become('licensed', '/reviews');
  await accept(FIRST);
  await page.reload();
  await see('The sample waits for lab directors.');
  expect(await page.getByRole('radio', { name: 'Accept' }).count()).toBe(0);
  await become('director', '/reviews');
  await accept(FIRST);
  await accept(SECOND);
  await page.goto(`${api}/reviews`);
  await see('Nothing waits for you.');
});

test('the director releases the delivery, after a second question, and the partner is told', async () => {
  await page.goto(api + deliveryPath);
  await see('2 accepted.');
  await button('Recall the delivery').waitFor();
  await button(`Release to ${PARTNER}`).click();
  const dialog = page.getByRole('dialog');
  await see('A release cannot be recalled once the partner was told.');
  await button('Not now', dialog).click();
  await dialog.waitFor({ state: 'detached' });
  await button(`Release to ${PARTNER}`).click();
  await button('Release it', dialog).click();
  await page.getByText('Released', { exact: true }).first().waitFor();
  expect(await button('Recall the delivery').count()).toBe(0);

  const released = () => receiver.received.map((sent) => receiver.verify(sent, webhookSecret)).slice(1);
  await expect
    .poll(released, { timeout: PATIENCE_MS })
    .toEqual([expect.objectContaining({ type: 'delivery.released' })]);
  expect(JSON.stringify(released())).toContain(deliveryPath.slice('/deliveries/'.length));
});

test('the partner’s program fetches the results with its token, and acknowledges them', async () => {
  const asPartner = async (path: string, method = 'GET') => {
    const answer = await fetch(`${api}/partner/v1${deliveryPath}${path}`, {
      method,
      headers: { Authorization: `Bearer ${token}`, Accept: 'application/json' },
    });
    expect(answer.status).toBe(200);
    return answer.json();
  };
  const { samples } = manifestShape.parse(await asPartner('/manifest'));
  expect(samples.map(({ barcode }) => barcode).toSorted()).toEqual([FIRST, SECOND]);
  expect(samples.find(({ barcode }) => barcode === SECOND)?.consequence_mode).toBe('local');
  for (const { links, result } of samples) {
    const bytes = Buffer.from(await (await fetch(links.result ?? '')).arrayBuffer());
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(result?.sha256);
    expect(gunzipSync(bytes).toString()).toContain('##INFO=<ID=BCSQ');
  }
  expect(JSON.stringify(samples)).not.toContain(PATIENT);
  await asPartner('/acknowledge', 'POST');
  await page.reload();
  await page.getByText('Acknowledged', { exact: true }).first().waitFor();
  await see('The partner has confirmed that the delivery arrived.');
});

test('the whole history can be read where the delivery is', async () => {
  await page.getByRole('button', { name: new RegExp(`^\\d+ decisions about ${FIRST}$`) }).click();
  const made = page.getByRole('dialog').getByRole('listitem');
  const told = (await made.allInnerTexts()).map((text) =>
    text
      .trim()
      .split(/\s*\n\s*/, 2)
      .join(': '),
  );
  expect(told).toEqual([
    'Accepted: Technical review',
    'Rejected: Licensed review',
    'Accepted: Technical review',
    'Accepted: Licensed review',
    'Accepted: Director’s review',
  ]);
  await page.keyboard.press('Escape');
});

test('the pages of the review can be used without seeing them well, in light and dark, wide and narrow', async () => {
  const sample = await page.getByRole('link', { name: FIRST }).getAttribute('href');
  const paths = ['/reviews', '/deliveries', '/deliveries/new', deliveryPath, sample ?? '', '/samples'];
  expect(await visitor.faultsOf(paths)).toEqual({});
});

test('the delivery is not there for somebody else', async () => {
  await become('free', deliveryPath);
  await visitor.heading('No such delivery').waitFor();
  expect(await page.content()).not.toContain(FIRST);
});

test('nothing broke in the browser on the way, and nothing was asked that the content policy forbids', () => {
  expect(visitor.complaints).toEqual([]);
});

/** An hour passes since everybody signed in. */
async function ageSessions(): Promise<void> {
  const sql = postgres(running.stack.database, { max: 1 });
  try {
    await sql`update sessions set authenticated_at = authenticated_at - interval '1 hour'`;
  } finally {
    await sql.end();
  }
}
