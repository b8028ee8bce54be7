// An operator reads the history of a job in the Temporal UI of the local stack; somebody else, and nobody, sees that it is
// encrypted. Who read it is in the audit log.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeDemoFiles } from '../../infra/local/demo-genome.ts';
import { openHome } from '../../infra/local/home.ts';
import { PURPOSES } from '../../temporal/shown-at-start.ts';
import { signIn } from '../support/program.ts';
import { startStack, type TestStack } from '../support/services.ts';
import { launchChromium } from './chromium.ts';
import { openVisitor } from './visitor.ts';

let running: TestStack;
let browser: Browser;
let workflowId: string;
let address: string;
beforeAll(async () => {
  [running, browser] = await Promise.all([startStack(), launchChromium()]);
  const program = await signIn(running, 'free@varloom.test');
  const vcf = await readFile(join(await writeDemoFiles(openHome(running.home)), 'demo.vcf'));
  const job = await program.annotate(await program.upload('demo.vcf', vcf));
  await program.ended(job);
  workflowId = `annotation/${job}`;
  const { ui, namespace } = running.stack.temporal;
  address = `${ui}/namespaces/${namespace}/workflows/${encodeURIComponent(workflowId)}`;
});
afterAll(async () => {
  await browser?.close();
  await running?.stop();
});

/** What the first payload on the page of the history says, once the codec server has answered; then `look` may look on. */
async function inputSeenBy(
  mailbox: string | undefined,
  look: (page: Page) => Promise<void> = async () => {},
): Promise<{ status: number; text: string }> {
  const { page, become } = await openVisitor(browser, running.stack.api);
  try {
    if (mailbox) await become(mailbox, '/');
    const answered = page.waitForResponse((response) => response.url().endsWith('/decode'));
    await page.goto(address);
    const status = (await answered).status();
    await page.getByRole('heading', { name: 'Input', exact: true }).waitFor();
    const shown = page.getByText(status === 200 ? '"jobId"' : 'YmluYXJ5L2VuY3J5cHRlZA==').first();
    await shown.waitFor();
    const text = await page.locator('body').innerText();
    await look(page);
    return { status, text };
  } finally {
    await page.context().close();
  }
}

test('nobody in particular reads nothing', async () => {
  expect((await inputSeenBy(undefined)).status).toBe(401);
});

test('nor does a customer', async () => {
  const { status, text } = await inputSeenBy('free');
  expect(status).toBe(403);
  expect(text).not.toContain('"jobId"');
});

/** In its memo, and in its summary, which the UI puts into a frame of its own. */
async function seePurpose(page: Page): Promise<void> {
  const purpose = PURPOSES['annotateThenArchive'] ?? '';
  await page.locator('a[href$="/memo"]').click();
  await page.getByText(purpose).waitFor();
  await page.locator('a[href$="/user-metadata"]').click();
  await page.frameLocator('iframe').first().getByText(purpose).waitFor();
}

test('the operator reads it, and what the saga is for; the audit log says so', async () => {
  const { status, text } = await inputSeenBy('admin', seePurpose);
  expect(status).toBe(200);
  expect(text).toContain(workflowId.replace('annotation/', ''));
  const { body } = await (await signIn(running, 'admin@varloom.test')).call('GET', '/audit?entity=history');
  expect(body['entries']).toContainEqual(
    expect.objectContaining({ action: 'history.decoded', entity_id: workflowId }) as unknown,
  );
});
