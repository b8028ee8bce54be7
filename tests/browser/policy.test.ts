// The content security policy in a browser: it holds on every page, and the tests beside this one would hear of a breach.
// And what people see where there is nothing: at an address that nobody knows, and in place of what is not theirs.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PAGES, SHARED_PAGES } from '../../api/pages.ts';
import { startStack, type TestStack } from '../support/services.ts';
import { launchChromium } from './chromium.ts';
import { noteComplaints } from './complaints.ts';
import { pageFaults } from './page-faults.js';
import { openVisitor, type Visitor } from './visitor.ts';

let running: TestStack;
let browser: Browser;
let page: Page;
const complaints: string[] = [];
let laboratory: Visitor | undefined;

beforeAll(async () => {
  [running, browser] = await Promise.all([startStack(), launchChromium()]);
  page = await browser.newPage();
  await noteComplaints(page, complaints);
});
afterAll(async () => {
  await browser?.close();
  await running?.stop();
});

const ID = '2f1f2a52-2c5e-4a44-9d0a-3b3f4b0a1c11';
const addresses = [...PAGES, ...SHARED_PAGES].map((path) => path.replaceAll(/:\w+/g, ID));

const POLICY = /^default-src 'none'; script-src 'self'; style-src 'self' 'nonce-[\w+/=]+';/;

test('every page opens without a breach of its policy, and has one', async () => {
  for (const address of addresses) {
    const answer = await page.goto(running.stack.api + address);
    const headers = (await answer?.allHeaders()) ?? {};
    expect([address, headers['content-security-policy']]).toEqual([address, expect.stringMatching(POLICY)]);
    await page.getByRole('heading', { level: 1 }).waitFor();
  }
  expect(complaints).toEqual([]);
});

test.each([
  ['a whole one', '/nothing-here'],
  ['one below a page', '/jobs/x/typo'],
  ['a very long one', `/${'long'.repeat(500)}`],
])('an address that nobody knows says so, and leads out again: %s', async (_which, address) => {
  const stranger = await browser.newPage({ reducedMotion: 'reduce', viewport: { width: 390, height: 800 } });
  const broken: string[] = [];
  await noteComplaints(stranger, broken);
  stranger.on('console', (message) => {
    if (message.type() === 'error') broken.push(new URL(message.location().url).pathname);
  });
  const answer = await stranger.goto(running.stack.api + address);
  expect(answer?.status()).toBe(404);
  expect(answer?.headers()['content-security-policy']).toMatch(POLICY);
  await stranger.getByRole('heading', { level: 1, name: 'No such page' }).waitFor();
  await stranger.getByText(address, { exact: true }).waitFor();
  await stranger.getByRole('link', { name: 'Sign in', exact: true }).waitFor();
  expect(await stranger.evaluate(pageFaults)).toEqual([]);
  // The document itself, and who is signed in: nobody.
  expect(broken.toSorted()).toEqual([address, '/me'].toSorted());
  await stranger.getByRole('link', { name: 'Go to the start' }).click();
  await stranger.getByRole('heading', { name: 'Annotate genome variants' }).waitFor();
  await stranger.close();
});

test.each([
  [`/jobs/${ID}`, 'No such job', 'See your jobs', 'Jobs'],
  ['/jobs/typo', 'No such job', 'See your jobs', 'Jobs'],
  [`/deliveries/${ID}`, 'No such delivery', 'See the deliveries', 'Deliveries'],
  [`/deliveries/${ID}/samples/${ID}`, 'No such sample', 'See the deliveries', 'Deliveries'],
  [`/partners/${ID}`, 'No such partner', 'See the partners', 'Partners'],
  ['/partners/typo', 'No such partner', 'See the partners', 'Partners'],
])('%s is not there for an administrator, who is told, and where to go', async (address, title, way, list) => {
  laboratory ??= await signedIn('admin');
  await laboratory.page.goto(running.stack.api + address);
  await laboratory.heading(title).waitFor();
  expect(await laboratory.page.getByRole('alert').count()).toBe(0);
  expect(await laboratory.faultsOf([address])).toEqual({});
  await laboratory.page.getByRole('link', { name: way }).click();
  await laboratory.heading(list).waitFor();
  expect(laboratory.complaints).toEqual([]);
});

test('a page that breaks keeps the ways to the others, and one that cannot be read has a heading', async () => {
  laboratory ??= await signedIn('admin');
  const { page: shown } = laboratory;
  const answerWith = (path: string, status: number, body: Record<string, unknown>) =>
    shown.route(
      (url) => url.pathname === path,
      (route) => route.fulfill({ status, json: { code: status, ...body } }),
    );
  // Not what these pages were made for.
  await answerWith('/annotations', 200, { status: 'success', jobs: [{ job_id: ID }], next: null });
  await shown.goto(`${running.stack.api}/jobs`);
  await laboratory.heading('This page broke').waitFor();
  expect(await shown.evaluate(pageFaults)).toEqual([]);
  await shown.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Files' }).click();
  await laboratory.heading('Files').waitFor();

  await answerWith('/me', 503, { status: 'error', error: { type: 'unavailable', message: 'Busy.' } });
  await shown.goto(`${running.stack.api}/files`);
  await laboratory.heading('Not available now').waitFor();
  expect(await shown.evaluate(pageFaults)).toEqual([]);
  await shown.unrouteAll();
  await shown.goto(`${running.stack.api}/files`);
});

test('the choice of colours is told by role and state', async () => {
  laboratory ??= await signedIn('admin');
  const { page: shown } = laboratory;
  await shown.getByRole('button', { name: /^Colours/ }).press('Enter');
  await shown.getByRole('menuitemradio', { name: 'As the system', checked: true }).waitFor();
  await shown.keyboard.press('ArrowDown');
  await shown.keyboard.press('ArrowDown');
  await shown.keyboard.press('Enter');
  const scheme = () => shown.locator('html').getAttribute('data-mantine-color-scheme');
  await expect.poll(scheme).toBe('dark');
  await shown.evaluate(`localStorage.clear()`);
});

test.each([
  [
    'a script in the document',
    `document.head.append(Object.assign(document.createElement('script'), { text: '1' }))`,
    /script-src/,
  ],
  [
    'a handler in the markup',
    `document.body.insertAdjacentHTML('beforeend', '<img src="x:" onerror="1">')`,
    /script-src|img-src/,
  ],
  [
    'a style without the nonce',
    `document.head.append(document.createElement('style').appendChild(document.createTextNode('p{}')).parentNode)`,
    /style-src/,
  ],
  [
    'a script of elsewhere',
    `document.head.append(Object.assign(document.createElement('script'), { src: 'https://elsewhere.test/x.js' }))`,
    /script-src/,
  ],
  ['a question to elsewhere', `void fetch('https://elsewhere.test/').catch(() => {})`, /connect-src/],
  [
    'a frame',
    `document.body.append(Object.assign(document.createElement('iframe'), { src: 'https://elsewhere.test/' }))`,
    /frame-src|default-src/,
  ],
  [
    'a base of its own',
    `document.head.append(Object.assign(document.createElement('base'), { href: 'https://elsewhere.test/' }))`,
    /base-uri/,
  ],
])('%s is stopped, and the tests hear of it', async (_what, script, directive) => {
  await page.goto(`${running.stack.api}/annotate`);
  complaints.length = 0;
  await page.evaluate(script);
  await expect.poll(() => complaints.join('\n')).toMatch(directive);
});

async function signedIn(mailbox: string): Promise<Visitor> {
  const visitor = await openVisitor(browser, running.stack.api);
  await visitor.become(mailbox, '/account');
  return visitor;
}
