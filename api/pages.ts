// Serves the pages' build: one document for every page's address, and its assets, whose names change with their content.

import { readFileSync } from 'node:fs';
import { serveStatic } from '@hono/node-server/serve-static';
import { fileURLToPath } from 'node:url';
import { createRoutes, type ApiContext } from './context.ts';
import { prefersPage } from './prefers-page.ts';

const BUILD = fileURLToPath(new URL('../build/web', import.meta.url));

/** Addresses of pages; a job's page is `/jobs/<job_id>`. */
export const PAGES = ['/', '/annotate', '/jobs', '/jobs/:job_id', '/files', '/account', '/billing', '/sign-in-failed'];

/** Addresses of pages that are endpoints as well: a browser that opens one gets the page, everybody else the endpoint. */
export const SHARED_PAGES = [
  '/reviews',
  '/deliveries',
  '/deliveries/:delivery_id',
  '/deliveries/:delivery_id/samples/:sample_id',
  '/samples',
  '/partners',
  '/partners/:partner_id',
  '/organization',
  '/audit',
];

export function pageRoutes(buildDirectory = BUILD) {
  const routes = createRoutes();
  routes.use(
    '/assets/*',
    serveStatic({
      root: buildDirectory,
      onFound: (_path, c) => {
        c.header('Cache-Control', 'public, max-age=31536000, immutable');
      },
    }),
  );
  routes.use('/favicon.svg', serveStatic({ root: buildDirectory }));
  for (const address of PAGES) routes.get(address, (c) => pageAnswer(c, buildDirectory));
  return routes;
}

/** Come before the endpoints of the same addresses. */
export function sharedPageRoutes(buildDirectory = BUILD) {
  const routes = createRoutes();
  for (const address of SHARED_PAGES) {
    routes.use(address, async (c, next) => {
      // Whoever keeps an answer must not give it to those who asked for the other one.
      c.header('Vary', 'Accept', { append: true });
      // A browser that saves a file says that it wants a page, too; the address says which format it is.
      const isPage = c.req.method === 'GET' && prefersPage(c) && c.req.query('format') === undefined;
      if (isPage) return pageAnswer(c, buildDirectory);
      await next();
      return undefined;
    });
  }
  return routes;
}

function pageAnswer(c: ApiContext, buildDirectory: string): Response {
  const document = readDocument(buildDirectory);
  c.header('Cache-Control', 'no-cache');
  return document === undefined ? c.text('The pages are not built yet: run `npm run build`.', 503) : c.html(document);
}

let cached: string | undefined;

function readDocument(buildDirectory: string): string | undefined {
  try {
    cached ??= readFileSync(`${buildDirectory}/index.html`, 'utf8');
    return cached;
  } catch {
    return undefined;
  }
}
