// What the browser itself complains of: scripts that break, what the content security policy forbids, what CORS does not allow.

import type { Page } from 'playwright-core';

/** Runs in every document before its own scripts; as text, since the tests have no DOM types. */
const REPORT_VIOLATIONS = `document.addEventListener('securitypolicyviolation', (event) => {
  const { effectiveDirective, blockedURI, documentURI, sourceFile, lineNumber } = event;
  reportViolation([effectiveDirective, 'forbids', blockedURI, 'at', documentURI, sourceFile + ':' + lineNumber].join(' '));
});`;

/** Adds to `complaints` from now on; before the page's first document. */
export async function noteComplaints(page: Page, complaints: string[]): Promise<void> {
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (/Content Security Policy|CORS|Permissions-Policy|Cross-Origin/.test(message.text())) {
      complaints.push(message.text());
    }
  });
  await page.exposeFunction('reportViolation', (violation: string) => void complaints.push(violation));
  await page.addInitScript(REPORT_VIOLATIONS);
}
