// The content security policy in a browser: it holds on every page, and the tests beside this one would hear of a breach.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PAGES, SHARED_PAGES } from '../../api/pages.ts';
import { startStack, type TestStack } from '../support/services.ts';
import { launchChromium } from './chromium.ts';
import { noteComplaints } from './complaints.ts';

let running: TestStack;
let browser: Browser;
let page: Page;
const complaints: string[] = [];

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

test('every page opens without a breach of its policy, and has one', async () => {
  for (const address of addresses) {
    const answer = await page.goto(running.stack.api + address);
    const headers = (await answer?.allHeaders()) ?? {};
    expect([address, headers['content-security-policy']]).toEqual([
      address,
      expect.stringMatching(/^default-src 'none'; script-src 'self'; style-src 'self' 'nonce-[\w+/=]+';/),
    ]);
    await page.getByRole('heading', { level: 1 }).waitFor();
  }
  expect(complaints).toEqual([]);
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
