// One browser of a laboratory that people use one after the other: who they are, what they look for, what must not happen.

import type { Browser, Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { noteComplaints } from './complaints.ts';
import { pageFaults } from './page-faults.js';

const PATIENCE_MS = 60_000;

export interface Visitor {
  page: Page;
  /** What the browser itself complained of: broken scripts, and what the content security policy forbade. */
  complaints: string[];
  heading(name: string): Locator;
  button(name: string, within?: Page | Locator): Locator;
  row(text: string): Locator;
  /** A named fact of this value. */
  fact(name: string, value: string): Locator;
  see(text: string | RegExp): Promise<void>;
  /** Waits until the laboratory's navigation has these pages, and no others. */
  seePages(labels: string[]): Promise<void>;
  /** Whoever was signed in signs out; then this person signs in, on the page of this address. */
  become(mailbox: string, path: string): Promise<void>;
  /** On the page of the sign-in service. */
  chooseUser(mailbox: string): Promise<void>;
  /** What is wrong with pages, in light and dark, wide and narrow, for those who do not see them well; {} is good. */
  faultsOf(paths: readonly string[]): Promise<Record<string, unknown>>;
}

export async function openVisitor(browser: Browser, api: string): Promise<Visitor> {
  const context = await browser.newContext({ acceptDownloads: true, reducedMotion: 'reduce' });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const complaints: string[] = [];
  await noteComplaints(page, complaints);

  const laboratory = page.getByRole('navigation', { name: 'Laboratory' });
  const visitor: Visitor = {
    page,
    complaints,
    heading: (name) => page.getByRole('heading', { name, exact: true }),
    button: (name, within = page) => within.getByRole('button', { name, exact: true }),
    row: (text) => page.getByRole('row').filter({ hasText: text }),
    fact: (name, value) =>
      page.locator('dl > div', { has: page.getByText(name, { exact: true }) }).getByText(value, { exact: true }),
    see: (text) => page.getByText(text).first().waitFor(),

    async seePages(labels) {
      await expect.poll(() => laboratory.getByRole('link').allInnerTexts(), { timeout: PATIENCE_MS }).toEqual(labels);
    },

    async become(mailbox, path) {
      await page.goto(api + path);
      const wayIn = page.getByRole('link', { name: 'Sign in', exact: true });
      const person = page.locator('header').getByRole('button', { name: /^(?!Colours)/ });
      await wayIn.or(person).first().waitFor();
      if ((await wayIn.count()) === 0) {
        await person.click();
        await page.getByRole('menuitem', { name: 'Sign out' }).click();
        await visitor.heading('Annotate genome variants').waitFor();
        await page.goto(api + path);
      }
      await wayIn.click();
      await visitor.chooseUser(mailbox);
    },

    async chooseUser(mailbox) {
      await page.getByRole('button', { name: new RegExp(`^${mailbox}@varloom\\.test`) }).click();
      await page.getByRole('navigation', { name: 'Pages' }).waitFor();
    },

    async faultsOf(paths) {
      const faults: Record<string, unknown> = {};
      for (const path of paths) {
        await page.goto(api + path);
        await page.getByRole('heading', { level: 1 }).waitFor();
        await page.getByLabel('Loading').first().waitFor({ state: 'detached' });
        for (const width of [1280, 800, 360]) {
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
      return faults;
    },
  };
  return visitor;
}
