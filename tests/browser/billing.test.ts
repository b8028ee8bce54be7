// What a person does who pays, on a whole stack with the Stripe sandbox: is refused a download, upgrades and has the
// results back, cancels and is told when; and another one whose card is declined. The tests follow one another.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DeleteObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeDemoFiles } from '../../infra/local/demo-genome.ts';
import { openHome } from '../../infra/local/home.ts';
import { signIn, type Program } from '../support/program.ts';
import { startStack, type TestStack } from '../support/services.ts';
import { launchChromium } from './chromium.ts';
import { noteComplaints } from './complaints.ts';
import { pageFaults } from './page-faults.js';

const PATIENCE_MS = 60_000;
const GOOD_CARD = '4242424242424242';
const DECLINED_CARD = '4000000000000002';

let running: TestStack;
let api: string;
let browser: Browser;
let program: Program;
let page: Page;
let s3: S3Client;
let vcf: Buffer;
/** Three results in the archive; the copy of the last is taken out of the store. */
let archived: string[];
let lost: { key: string; bytes: Buffer };
const complaints: string[] = [];

beforeAll(async () => {
  [running, browser] = await Promise.all([startStack(), launchChromium()]);
  api = running.stack.api;
  const { endpoint, region, access_key_id: accessKeyId, secret_access_key: secretAccessKey } = running.stack.s3;
  if (accessKeyId === null || secretAccessKey === null) throw new Error('the stack has no store of its own');
  s3 = new S3Client({ endpoint, region, credentials: { accessKeyId, secretAccessKey }, forcePathStyle: true });
  vcf = await readFile(join(await writeDemoFiles(openHome(running.home)), 'demo.vcf'));
  program = await signIn(running, 'free@varloom.test');
  page = await visit('free@varloom.test');
});

afterAll(async () => {
  await browser?.close();
  s3?.destroy();
  await running?.stop();
});

/** A browser of this person's own, signed in, on the page of plan and billing. */
async function visit(email: string): Promise<Page> {
  const context = await browser.newContext({ acceptDownloads: true, reducedMotion: 'reduce' });
  context.setDefaultTimeout(PATIENCE_MS);
  const opened = await context.newPage();
  await noteComplaints(opened, complaints);
  await opened.goto(`${api}/billing`);
  await opened.getByRole('link', { name: 'Sign in' }).click();
  await opened.getByRole('button', { name: new RegExp(`^${email}`) }).click();
  await opened.getByRole('heading', { name: 'Plan & billing' }).waitFor();
  return opened;
}

const heading = (name: string, on = page) => on.getByRole('heading', { name, exact: true });
const button = (name: string, on = page) => on.getByRole('button', { name, exact: true });
const see = (text: string | RegExp, on = page) => on.getByText(text).first().waitFor();

async function pay(on: Page, card: string): Promise<void> {
  await on.waitForURL(`${running.stack.stripe.endpoint}/**`);
  await on.getByLabel('Card number').fill(card);
  await on.getByLabel('Expiry (MM/YY)').fill('12/34');
  await on.getByLabel('CVC').fill('123');
  await on.getByRole('button', { name: /^Pay / }).click();
}

/** A job of the demo file; answers it with its result, once that is in the archive. */
async function archive(fileName: string): Promise<{ id: string; result: Buffer }> {
  const id = await program.annotate(await program.upload(fileName, vcf), { genome: 'demo' });
  expect(await program.ended(id)).toMatchObject({ job_status: 'COMPLETED' });
  const link = await program.call('GET', `/annotations/${id}/result`);
  const result = Buffer.from(await (await fetch(String(link.body['url']))).arrayBuffer());
  expect((await program.call('PUT', `/annotations/${id}/retention`, { retention_seconds: 0 })).status).toBe(202);
  await expect.poll(async () => (await program.job(id)).result_state, { timeout: PATIENCE_MS }).toBe('archived');
  return { id, result };
}

const resultsBucket = () => running.stack.s3.results_bucket;

test('a result in the archive is not downloaded, and its page leads to the upgrade', async () => {
  const [first, second, third] = [await archive('a.vcf'), await archive('b.vcf'), await archive('c.vcf')];
  archived = [first.id, second.id, third.id];
  const copies = await s3.send(new ListObjectsV2Command({ Bucket: resultsBucket(), Prefix: `archive/${third.id}/` }));
  expect(copies.Contents).toHaveLength(1);
  lost = { key: copies.Contents?.[0]?.Key ?? '', bytes: third.result };
  await s3.send(new DeleteObjectCommand({ Bucket: resultsBucket(), Key: lost.key }));

  const refused = await program.call('GET', `/annotations/${first.id}/result`);
  expect(refused).toMatchObject({
    status: 403,
    body: { error: { type: 'result_archived', details: { upgrade_url: `${api}/billing` } } },
  });
  await page.goto(`${api}/jobs`);
  const row = page.getByRole('row').filter({ hasText: 'a.vcf' });
  expect(await row.innerText()).toContain('Archived');
  expect(await row.getByRole('link', { name: 'upgrade' }).getAttribute('href')).toBe('/billing');
  await row.getByRole('link', { name: 'a.vcf' }).click();
  await see('The result is archived');
  expect(await button('Download the result').count()).toBe(0);
  await page.getByRole('link', { name: 'Upgrade to Premium' }).click();
  await heading('You are on the Free plan').waitFor();
  await see('There are no invoices yet.');
});

test('who leaves the payment page may go on there, and nothing is charged', async () => {
  await button('Upgrade to Premium').click();
  await page.waitForURL(`${running.stack.stripe.endpoint}/**`);
  const paymentPage = page.url();
  await page.goto(`${api}/billing?checkout=cancelled`);
  await see('You left the payment page');
  const goOn = page.getByRole('link', { name: 'Continue to payment' });
  expect(await goOn.getAttribute('href')).toBe(paymentPage);
  await goOn.click();
});

test('with a good card the results come back by themselves, and the one that cannot is named', async () => {
  await pay(page, GOOD_CARD);
  await heading('You are on Premium').waitFor();
  await see(/^2 of 3 results restored; 1 failed\./);
  await see(/^Paid until .*, and renewed then\.$/);
  await page.waitForURL(`${api}/billing`);
  const invoice = page.getByRole('table', { name: 'Invoices' }).getByRole('row').nth(1);
  await expect.poll(() => invoice.innerText(), { timeout: PATIENCE_MS }).toMatch(/29\.00[\s\S]*Paid/);

  const failed = page.getByRole('list', { name: 'Results that could not be restored' }).getByRole('listitem');
  expect(await failed.count()).toBe(1);
  expect(await failed.innerText()).toContain('The archived copy is not in the store');
  expect(await failed.getByRole('link', { name: 'c.vcf' }).getAttribute('href')).toBe(`/jobs/${archived[2]}`);
});

test('a restored result is what it was before', async () => {
  await page.goto(`${api}/jobs/${archived[0]}`);
  const saved = page.waitForEvent('download');
  await button('Download the result').click();
  const download = await saved;
  expect(download.suggestedFilename()).toBe('a.annotated.vcf.gz');
  expect(gunzipSync(await readFile(await download.path())).toString()).toContain('##INFO=<ID=BCSQ');
  for (const id of archived.slice(0, 2)) expect(await program.job(id)).toMatchObject({ result_state: 'live' });
});

test('one mail tells of it, and leads to the page', async () => {
  const mails = async () => {
    // What maildev answers; a wrong shape finds no mail.
    const all = (await (await fetch(running.stack.mail.api ?? '')).json()) as {
      text?: string;
      to?: { address: string }[];
    }[];
    return all.filter(
      ({ text, to }) => to?.some(({ address }) => address === 'free@varloom.test') && text?.includes(`${api}/billing`),
    );
  };
  await expect.poll(mails, { timeout: PATIENCE_MS }).toHaveLength(1);
});

test('a restore that failed says why on its job, and is tried again there or in the list', async () => {
  await page.goto(`${api}/jobs/${archived[2]}`);
  const alert = page.getByRole('alert');
  await alert.waitFor();
  expect(await alert.innerText()).toMatch(/The result could not be restored[\s\S]*archive_missing/);
  await button('Try to restore it again').waitFor();

  const ChecksumSHA256 = createHash('sha256').update(lost.bytes).digest('base64');
  const back = { Bucket: resultsBucket(), Key: lost.key, Body: lost.bytes, ChecksumSHA256 };
  await s3.send(new PutObjectCommand({ ...back, StorageClass: 'GLACIER' }));
  await page.goto(`${api}/billing`);
  await button('Restore again: c.vcf').click();
  await see(/^3 of 3 results restored\.$/);
  expect(await program.job(archived[2] ?? '')).toMatchObject({ result_state: 'live' });
});

test('while results come back the page says how many, and goes on without a reload', async () => {
  // The restore of three small results is over before it can be looked at for certain: its middle is played back.
  const { body } = await program.call('GET', '/subscription');
  const middle = { ...body, restore: { total: 3, restored: 1, failed: 0 } };
  await page.route(`${api}/subscription`, (route) => route.fulfill({ json: middle }));
  await page.goto(`${api}/billing`);
  const bar = page.getByRole('progressbar', { name: 'Share of the results that are restored' });
  await bar.waitFor();
  expect(await bar.getAttribute('aria-valuenow')).toBe('33');
  await page.getByRole('status').filter({ hasText: '1 of 3 results restored.' }).waitFor();
  await page.unroute(`${api}/subscription`);
  await see(/^3 of 3 results restored\.$/);
  expect(await bar.count()).toBe(0);

  // The list was read after the last one had left it, the count before.
  const behind = { ...body, restore: { total: 3, restored: 2, failed: 1 } };
  await page.route(`${api}/subscription`, (route) => route.fulfill({ json: behind }));
  await page.goto(`${api}/billing`);
  await see(/^2 of 3 results restored; 1 failed\./);
  await page.unroute(`${api}/subscription`);
  await see(/^3 of 3 results restored\.$/);
});

test('the page of plan and billing can be used without seeing it well, in light and dark, wide and narrow', async () => {
  const faults: Record<string, unknown> = {};
  for (const width of [1280, 360]) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme });
      await page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor();
      const found = await page.evaluate(pageFaults);
      if (found.length > 0) faults[`${width} ${colorScheme}`] = found;
    }
  }
  await page.setViewportSize({ width: 1280, height: 800 });
  expect(faults).toEqual({});
});

test('the billing portal is one button away, and leads back', async () => {
  await button('Open the billing portal').click();
  await page.waitForURL(`${running.stack.stripe.endpoint}/**`);
  await page.getByRole('link', { name: 'Return to Varloom' }).click();
  await heading('You are on Premium').waitFor();
  expect(page.url()).toBe(`${api}/billing`);
});

test('a cancellation says what happens and when, before and after', async () => {
  await button('Cancel Premium').click();
  const dialog = page.getByRole('dialog');
  await see(/You keep Premium until .*, and nothing more is charged\./);
  await button('Keep Premium').click();
  await dialog.waitFor({ state: 'detached' });
  await button('Cancel Premium').click();
  await dialog.getByRole('button', { name: 'Cancel Premium' }).click();
  await see('Premium ends with its period');
  await see(/You keep it until .*\d{4}/);
  const { body } = await program.call('GET', '/subscription');
  expect(body).toMatchObject({ plan: 'premium', state: 'active', cancel_at_period_end: true });
});

test('what was cancelled is resumed in the portal', async () => {
  await button('Resume in the billing portal').click();
  await page.getByRole('button', { name: 'Resume the plan' }).click();
  await page.getByRole('link', { name: 'Return to Varloom' }).click();
  // The portal's events are passed on a moment later.
  await expect
    .poll(async () => (await program.call('GET', '/subscription')).body, { timeout: PATIENCE_MS })
    .toMatchObject({
      cancel_at_period_end: false,
    });
  await page.reload();
  await button('Cancel Premium').waitFor();
});

test('ended at once, it is over, and its owner is told when the results are archived', async () => {
  await button('Cancel Premium').click();
  await page.getByRole('radio', { name: 'Now' }).check();
  await see('The rest of the period is not refunded.');
  await button('End it now').click();
  await heading('You are on the Free plan').waitFor();
  await see('Your results will be archived');
  await see(/stay available until .*\d{4}/);
  const { body } = await program.call('GET', '/subscription');
  expect(body).toMatchObject({ plan: 'free', state: 'none', archive_at: expect.any(String) as unknown });
  await page.goto(`${api}/jobs/${archived[0]}`);
  await see(/It will be archived in \d+ minutes/);
});

test('with a declined card the plan stays Free, and the page says why', async () => {
  const other = await visit('free2@varloom.test');
  await button('Upgrade to Premium', other).click();
  await pay(other, DECLINED_CARD);
  await see('Your card was declined.', other);
  const paymentPage = other.url();
  const declined = await signIn(running, 'free2@varloom.test');
  await expect
    .poll(async () => (await declined.call('GET', '/subscription')).body, { timeout: PATIENCE_MS })
    .toMatchObject({
      plan: 'free',
      payment_refusal: expect.any(String) as unknown,
    });
  await other.goto(`${api}/billing`);
  await heading('You are on the Free plan', other).waitFor();
  const alert = other.getByRole('alert');
  expect(await alert.innerText()).toMatch(/The payment was refused\s+Your card was declined\.\s+Nothing was charged/);
  expect(await other.getByRole('link', { name: 'Try again' }).getAttribute('href')).toBe(paymentPage);
  expect(await other.getByText('Paid', { exact: true }).count()).toBe(0);
});

test('nothing broke in the browser on the way, and nothing was asked that the content policy forbids', () => {
  expect(complaints).toEqual([]);
});
