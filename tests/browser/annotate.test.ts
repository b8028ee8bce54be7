// What a person does in a browser, on a whole stack: sign in, upload, watch, read, download, see the result archived,
// be offered the upgrade, erase. The tests follow one another like the steps of one visit.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keptSecret, openHome, projectDirectory } from '../../infra/local/home.ts';
import { localToken } from '../../infra/local/services/issuer.ts';
import { startStack } from '../support/services.ts';
import type { TestStack } from '../support/services.ts';
import { launchChromium } from './chromium.ts';
import { noteComplaints } from './complaints.ts';
import { pageFaults } from './page-faults.js';

const run = promisify(execFile);
const PATIENCE_MS = 60_000;

let directory: string;
let running: TestStack;
let api: string;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let vcf: string;
/** The path of the job's page. */
let jobPath: string;
/** What the browser itself complained of: broken scripts, and what the content security policy forbade. */
const complaints: string[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'varloom-browser-'));
  [running, browser] = await Promise.all([startStack(), launchChromium(), makeDemo()]);
  api = running.stack.api;
  await installDemoGenome();
  context = await browser.newContext({ acceptDownloads: true, reducedMotion: 'reduce' });
  context.setDefaultTimeout(PATIENCE_MS);
  page = await context.newPage();
  await noteComplaints(page, complaints);
});

afterAll(async () => {
  await browser?.close();
  await running?.stop();
  await rm(directory, { recursive: true, force: true });
});

async function makeDemo(): Promise<void> {
  await run(process.execPath, [join(projectDirectory, 'infra', 'demo', 'genome.ts'), directory]);
  vcf = join(directory, 'demo.vcf');
}

/** Unless the stack brings the demo genome already. */
async function installDemoGenome(): Promise<void> {
  const { references } = await callApi<{ references: unknown[] }>('GET', '/references');
  if (references.length > 0) return;
  const file = (name: string) => join(directory, name);
  const add = ['add', 'demo', '--fasta', file('genome.fa'), '--gff', file('genes.gff3'), '--known', file('known.tsv')];
  const script = (...path: string[]) => join(projectDirectory, ...path);
  await run(
    process.execPath,
    [script('infra', 'local', 'with-stack.ts'), script('activities', 'references', 'main.ts'), ...add, '--default'],
    { env: { ...process.env, VARLOOM_HOME: running.home } },
  );
}

/** As free@varloom.test, by an access token: what a program of the same person does beside the browser. */
async function callApi<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
  const localSecret = keptSecret(openHome(running.home).secrets, 'issuer-local-secret');
  const token = await localToken({ issuer: running.stack.issuer, localSecret }, 'free@varloom.test');
  const response = await fetch(api + path, {
    method,
    headers: { Authorization: `Bearer ${token}`, Accept: 'application/json', 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
  // The caller says what it asked for; a wrong shape fails the test that reads it.
  return (await response.json()) as Answer;
}

const heading = (name: string) => page.getByRole('heading', { name, exact: true });
const see = (text: string | RegExp) => page.getByText(text).first().waitFor();
const enginePid = async () => {
  const found = (await running.readFile()).processes.find(({ name }) => name === 'worker-engine');
  if (!found) throw new Error('the stack has no engine worker');
  return found.pid;
};

test('a sign-in that is over is explained, and can be begun again', async () => {
  await page.goto(`${api}/auth/callback?code=of-yesterday&state=of-yesterday`);
  await heading('This sign-in is over').waitFor();
  expect(new URL(page.url()).pathname).toBe('/sign-in-failed');
  await page.getByRole('link', { name: 'Sign in again' }).click();
  await page.getByRole('button', { name: /^free@varloom\.test/ }).waitFor();
});

test('who is signed out is asked to sign in, and comes back to the same page', async () => {
  await page.goto(`${api}/jobs?status=FAILED`);
  await page.getByRole('link', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: /^free@varloom\.test/ }).click();
  await heading('Jobs').waitFor();
  expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe('/jobs?status=FAILED');
  const cookies = await context.cookies(api);
  expect(cookies.filter(({ httpOnly }) => !httpOnly)).toEqual([]);
});

test('the limit is told before the upload, and a larger file does not travel', async () => {
  await page.getByRole('link', { name: 'Annotate' }).click();
  await see('up to 10 MiB a file on the Free plan');
  const sent: string[] = [];
  const note = (request: { method: () => string; url: () => string }) =>
    void (request.method() === 'POST' && sent.push(request.url()));
  page.on('request', note);
  const tooLarge = { name: 'large.vcf', mimeType: 'text/plain', buffer: Buffer.alloc(10 * 1024 ** 2 + 1, 'A') };
  await page.locator('input[type=file]').setInputFiles(tooLarge);
  const alert = page.getByRole('alert');
  await alert.waitFor();
  page.off('request', note);
  expect(await alert.innerText()).toContain('The file is too large');
  expect(await alert.getByRole('link').getAttribute('href')).toBe('/billing');
  expect(sent).toEqual([]);
  await page.getByRole('button', { name: 'Clear what has ended' }).click();
});

test('an upload starts its job, whose progress moves on without a reload', async () => {
  // The engine is held, so that the waiting is seen for certain, and then let go.
  const pid = await enginePid();
  process.kill(pid, 'SIGSTOP');
  try {
    await page.locator('input[type=file]').setInputFiles(vcf);
    await page.waitForURL(/\/jobs\/[0-9a-f-]{36}$/);
    jobPath = new URL(page.url()).pathname;
    await see('Waiting for a free engine');
    await page.getByRole('progressbar', { name: 'Share of the file that was read' }).waitFor();
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  await page.getByText('Completed', { exact: true }).waitFor();
  await heading('Summary').waitFor();
  expect(await page.getByRole('progressbar').count()).toBe(0);
});

test('the summary and the log tell what was found', async () => {
  const consequences = page.getByRole('table', { name: /consequence/i });
  const counts = (await consequences.locator('tbody td:nth-of-type(1)').allInnerTexts()).map((text) =>
    Number(text.replaceAll(',', '')),
  );
  expect(counts.length).toBeGreaterThan(5);
  expect(counts).toEqual(counts.toSorted((left, right) => right - left));
  const records = recordsOf(await readFile(vcf, 'utf8'));
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(records.length);

  const log = page.getByRole('region', { name: 'Log of the annotation' });
  expect(await log.innerText()).toContain('bcftools');
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download the log' }).click();
  expect((await saved).suggestedFilename()).toBe('demo.log');
});

test('the result that is downloaded is the annotated file, record for record', async () => {
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download the result' }).click();
  const download = await saved;
  expect(download.suggestedFilename()).toBe('demo.annotated.vcf.gz');
  const result = gunzipSync(await readFile(await download.path())).toString();
  expect(result).toContain('##INFO=<ID=BCSQ');
  const positions = (text: string) => recordsOf(text).map((line) => line.split('\t', 5).toSpliced(2, 1).join(' '));
  expect(positions(result)).toEqual(positions(await readFile(vcf, 'utf8')));
});

test('the job is in the list, and its upload can start another one', async () => {
  await page.getByRole('link', { name: 'Jobs', exact: true }).click();
  const row = page.getByRole('row').filter({ hasText: 'demo.vcf' });
  await row.waitFor();
  expect(await row.innerText()).toMatch(/Completed[\s\S]*Available/);
  await page.getByRole('link', { name: 'Files' }).click();
  await page.getByRole('button', { name: 'Start a job from demo.vcf' }).click();
  await page.getByRole('radio', { name: 'local' }).check();
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await page.waitForURL(/\/jobs\/[0-9a-f-]{36}$/);
  expect(new URL(page.url()).pathname).not.toBe(jobPath);
  await heading('Summary').waitFor();
  await see(/Consequence mode\s+local/);
});

test('a name without end leaves room for the buttons beside it, on its way and in a dialog', async () => {
  const name = `cohort_${'very_long_identifier_'.repeat(9)}.vcf`;
  const store = (url: URL) => url.origin === new URL(running.stack.s3.endpoint).origin;
  const mayGoOn = Promise.withResolvers<undefined>();
  await page.setViewportSize({ width: 360, height: 800 });
  await page.goto(`${api}/annotate`);
  await page.route(store, (route) => mayGoOn.promise.then(() => route.continue()));
  await page.locator('input[type=file]').setInputFiles({ name, mimeType: 'text/plain', buffer: await readFile(vcf) });
  await page.getByRole('button', { name: `Cancel the upload of ${name}` }).waitFor();
  expect(await page.evaluate(pageFaults)).toEqual([]);
  mayGoOn.resolve(undefined);
  await page.waitForURL(/\/jobs\/[0-9a-f-]{36}$/);
  await page.unroute(store);
  await page.getByRole('button', { name: 'Erase the data of this job' }).click();
  await page.getByLabel('Type “erase” to confirm').waitFor();
  expect(await page.evaluate(pageFaults)).toEqual([]);
  await page.getByRole('button', { name: 'Keep the data' }).click();
  await page.setViewportSize({ width: 1280, height: 800 });
});

test('every page can be used without seeing it well, in light and dark, wide and narrow', async () => {
  const faults: Record<string, unknown> = {};
  for (const path of [
    '/annotate',
    '/jobs',
    '/files',
    '/account',
    '/billing',
    jobPath,
    '/sign-in-failed?reason=expired',
  ]) {
    await page.goto(api + path);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.getByLabel('Loading').first().waitFor({ state: 'detached' });
    for (const width of [1280, 360]) {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.setViewportSize({ width, height: 800 });
        await page.emulateMedia({ colorScheme });
        await page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor();
        const found = await page.evaluate(pageFaults);
        if (found.length > 0) faults[`${path} ${width} ${colorScheme}`] = found;
      }
    }
  }
  await page.setViewportSize({ width: 1280, height: 800 });
  expect(faults).toEqual({});
});

test('the first tab leads past the navigation, and the upload needs no mouse', async () => {
  await page.goto(`${api}/annotate`);
  await see('Drop VCF files here');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  const chooser = page.waitForEvent('filechooser');
  // After the skip link: the genome, then the button.
  await page.keyboard.press('Tab');
  expect(await page.getByLabel('Reference genome').and(page.locator(':focus')).count()).toBe(1);
  expect(await page.evaluate('getComputedStyle(document.activeElement).outline')).toMatch(/solid 2px/);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  expect((await chooser).isMultiple()).toBe(true);
});

test('when its time is over the result is archived, the upgrade is offered, and the log stays', async () => {
  await page.goto(api + jobPath);
  await see(/It will be archived in \d+ minutes/);
  await callApi('PUT', `/annotations${jobPath.slice('/jobs'.length)}/retention`, { retention_seconds: 1 });
  await page.reload();
  await see('The result is archived');
  expect(await page.getByRole('button', { name: 'Download the result' }).count()).toBe(0);
  await page.getByRole('region', { name: 'Log of the annotation' }).waitFor();
  await page.getByRole('link', { name: 'Upgrade to Premium' }).click();
  await heading('Plan & billing').waitFor();
  expect(new URL(page.url()).pathname).toBe('/billing');
});

test('an API key is shown once, works, and stops working when it is revoked', async () => {
  await page.goto(`${api}/account`);
  await page.getByLabel('Name').fill('pipeline');
  await page.getByRole('button', { name: 'Create a key' }).click();
  const key = (await page.getByRole('dialog').locator('pre, code').innerText()).trim();
  await page.getByRole('button', { name: 'I have copied it' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  expect(await page.content()).not.toContain(key);
  const statusWithKey = async () => (await fetch(`${api}/me`, { headers: { Authorization: `Bearer ${key}` } })).status;
  expect(await statusWithKey()).toBe(200);
  await page.getByRole('button', { name: 'Revoke pipeline' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke', exact: true }).click();
  await see('You have no API keys');
  expect(await statusWithKey()).toBe(401);
});

test('a file that is no VCF fails with what is wrong and what to do', async () => {
  await page.getByRole('link', { name: 'Annotate' }).click();
  const notVcf = { name: 'notes.vcf', mimeType: 'text/plain', buffer: Buffer.from('dear colleague\n') };
  await page.locator('input[type=file]').setInputFiles(notVcf);
  await page.waitForURL(/\/jobs\/[0-9a-f-]{36}$/);
  const alert = page.getByRole('alert');
  await alert.waitFor();
  expect(await alert.innerText()).toMatch(/input_not_vcf[\s\S]*##fileformat=VCF/);
});

test('erasing asks for a word, and leaves nothing of the file on the page', async () => {
  await page.goto(api + jobPath);
  await page.getByRole('button', { name: 'Erase the data of this job' }).click();
  const erase = page.getByRole('button', { name: 'Erase for good' });
  expect(await erase.isDisabled()).toBe(true);
  await page.getByLabel('Type “erase” to confirm').fill('erase');
  await erase.click();
  await see('The data of this job were erased.');
  expect(await page.locator('main').innerText()).not.toContain('demo.vcf');
});

test('signing out ends the session', async () => {
  await page.getByRole('button', { name: 'Free user' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await heading('Annotate genome variants').waitFor();
  await page.goto(api + jobPath);
  await page.getByRole('link', { name: 'Sign in' }).waitFor();
  expect(await context.cookies(api)).toEqual([]);
});

test('nothing broke in the browser on the way, and nothing was asked that the content policy forbids', () => {
  expect(complaints).toEqual([]);
});

/** The records of a VCF: its lines but for the header. */
function recordsOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}
