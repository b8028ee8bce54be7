// What an administrator and a reviewer do in a browser beside the review itself, on a whole stack: roles, absence, a
// partner's tokens and webhooks. The tests follow one another.

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { answering, startReceiver, type Receiver } from '../support/receiver.ts';
import { startStack, type TestStack } from '../support/services.ts';
import { launchChromium } from './chromium.ts';
import { openVisitor, type Visitor } from './visitor.ts';

const DAY_MS = 86_400_000;

let running: TestStack;
let receiver: Receiver;
let browser: Browser;
let api: string;
let visitor: Visitor;
let page: Visitor['page'];
let partnerPath: string;

beforeAll(async () => {
  receiver = await startReceiver();
  [running, browser] = await Promise.all([
    startStack({ env: { WEBHOOK_ALLOWED_PRIVATE: receiver.hostPort } }),
    launchChromium(),
  ]);
  api = running.stack.api;
  visitor = await openVisitor(browser, api);
  page = visitor.page;
});

afterAll(async () => {
  await browser?.close();
  await receiver?.stop();
  await running?.stop();
});

/** Copies the one secret that is shown, and closes the dialog. */
async function takeSecret(name: string): Promise<string> {
  const dialog = page.getByRole('dialog').filter({ hasText: 'this is shown only once' });
  const secret = (await dialog.getByLabel(name, { exact: true }).innerText()).trim();
  await visitor.button('I have copied everything', dialog).click();
  await dialog.waitFor({ state: 'detached' });
  return secret;
}

const statusOf = async (token: string): Promise<number> =>
  (await fetch(`${api}/partner/v1/deliveries`, { headers: { Authorization: `Bearer ${token}` } })).status;

test('an administrator gives a role, and takes it back', async () => {
  await visitor.become('admin', '/organization');
  // Who has not signed in yet has no name.
  const role = page.getByLabel('Role of premium@varloom.test');
  await role.selectOption('technical');
  await visitor.see('premium@varloom.test is technical reviewer now.');
  expect(await role.inputValue()).toBe('technical');
  await visitor.button('Undo').click();
  await visitor.see('premium@varloom.test is member now.');
  expect(await role.inputValue()).toBe('member');
});

test('the last administrator cannot step down, and is told why', async () => {
  await page.getByLabel('Role of Administrator').selectOption('member');
  const alert = page.getByRole('alert');
  await alert.waitFor();
  expect(await alert.innerText()).toContain('Make somebody else an administrator first.');
});

test('somebody is added by e-mail, and removed', async () => {
  const email = page.getByLabel('E-mail of a new member');
  await email.fill('free2@varloom.test');
  await visitor.button('Add the member').click();
  await visitor.see(/^Second free user is a member now|^free2@varloom\.test is a member now/);
  const member = visitor.row('free2@varloom.test');
  await member.waitFor();
  await member.getByRole('button', { name: /^Remove/ }).click();
  await visitor.button('Remove', page.getByRole('dialog')).click();
  await member.waitFor({ state: 'detached' });
  await email.fill('nobody@varloom.test');
  await visitor.button('Add the member').click();
  const alert = page.getByRole('form', { name: 'Add a member' }).getByRole('alert');
  await alert.waitFor();
  expect(await alert.innerText()).toContain('Not found');
});

test('a partner’s tokens are made and revoked', async () => {
  await page.goto(`${api}/partners`);
  await page.getByLabel('Name').fill('Clinic of the South');
  await page.getByLabel('Webhook address').fill(receiver.url);
  await visitor.button('Add the partner').click();
  const first = await takeSecret('Token');
  await page.getByRole('link', { name: 'Clinic of the South' }).click();
  await visitor.heading('Clinic of the South').waitFor();
  partnerPath = new URL(page.url()).pathname;
  await visitor.button('Make a token').click();
  const second = await takeSecret('Token');
  expect([await statusOf(first), await statusOf(second)]).toEqual([200, 200]);
  await visitor.button(`Revoke ${first.slice(0, 10)}`).click();
  await visitor.button('Revoke', page.getByRole('dialog')).click();
  await visitor.row(first.slice(0, 10)).waitFor({ state: 'detached' });
  expect([await statusOf(first), await statusOf(second)]).toEqual([401, 200]);
});

test('a new secret signs what is sent; an endpoint that is gone is disabled, and enabled again', async () => {
  await visitor.button('New secret').click();
  await visitor.button('Make it', page.getByRole('dialog')).click();
  const secret = await takeSecret('Webhook secret');
  await visitor.see('The old secret signs until');
  receiver.behave = answering(410);
  await visitor.button('Send a test').click();
  await visitor.see(/it answered that it is gone for good/);
  receiver.behave = answering(204);
  await visitor.button('Enable it again').click();
  await visitor.button('Send a test').click();
  await visitor.row('Arrived').first().waitFor();
  expect(receiver.verify(receiver.received.at(-1), secret)).toMatchObject({ type: 'webhook.tested' });
});

test('the pages of administration can be used without seeing them well', async () => {
  expect(await visitor.faultsOf(['/partners', partnerPath, '/organization'])).toEqual({});
});

test('a partner is disabled at once', async () => {
  await page.goto(api + partnerPath);
  await visitor.button('Disable the partner').click();
  await visitor.button('Disable', page.getByRole('dialog')).click();
  await visitor.see(/^Disabled on/);
  expect(await visitor.button('Make a token').count()).toBe(0);
});

test('a reviewer who goes away names a delegate, who has a queue until it ends', async () => {
  await visitor.become('director', '/organization');
  await visitor.see('Nobody stands in for anybody.');
  expect(await page.getByLabel(/^Role of/).count()).toBe(0);
  await page.getByLabel('Who decides').selectOption('premium@varloom.test');
  await page.getByLabel('From').fill('2020-01-01T08:00');
  await page.getByLabel('Until').fill('2020-06-01T08:00');
  await visitor.button('Delegate').click();
  await page.getByRole('alert').waitFor();
  expect(await page.getByRole('alert').innerText()).toContain('must be in the future');
  const inDays = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 16);
  await page.getByLabel('From').fill(inDays(-2));
  await page.getByLabel('Until').fill(inDays(5));
  await visitor.button('Delegate').click();
  const end = page.getByRole('button', { name: /^End the delegation to/ });
  await end.waitFor();
  expect(await visitor.faultsOf(['/organization'])).toEqual({});

  await visitor.become('premium', '/reviews');
  await visitor.seePages(['Reviews', 'Deliveries', 'Samples', 'Organization']);
  await visitor.see('Nothing waits for you.');

  await visitor.become('director', '/organization');
  await end.click();
  await visitor.see('Nobody stands in for anybody.');
});

test('who is in no laboratory sees nothing of one', async () => {
  await visitor.become('free', '/deliveries');
  await visitor.see('This is for members of a laboratory, and you are in none.');
  expect(await page.getByRole('navigation', { name: 'Laboratory' }).count()).toBe(0);
});

test('nothing broke in the browser on the way, and nothing was asked that the content policy forbids', () => {
  expect(visitor.complaints).toEqual([]);
});
