// Serves the pages' build: one document for every page's address and for those that nobody knows, and its assets, whose
// names change with their content.

import { readFileSync } from 'node:fs';
import { serveStatic } from '@hono/node-server/serve-static';
import { fileURLToPath } from 'node:url';
import type { NotFoundHandler } from 'hono';
import { createRoutes, type ApiContext, type Env } from './context.ts';
import { prefersPage } from './prefers-page.ts';
import { newNonce, type PagePolicy } from './security-headers.ts';

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

export function pageRoutes(policy: PagePolicy, buildDirectory = BUILD) {
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
  for (const address of PAGES) routes.get(address, (c) => pageAnswer(c, policy, buildDirectory));
  return routes;
}

/** Come before the endpoints of the same addresses. */
export function sharedPageRoutes(policy: PagePolicy, buildDirectory = BUILD) {
  const routes = createRoutes();
  for (const address of SHARED_PAGES) {
    routes.use(address, async (c, next) => {
      // Whoever keeps an answer must not give it to those who asked for the other one.
      c.header('Vary', 'Accept', { append: true });
      // A browser that saves a file says that it wants a page, too; the address says which format it is.
      const isPage = c.req.method === 'GET' && prefersPage(c) && c.req.query('format') === undefined;
      if (isPage) return pageAnswer(c, policy, buildDirectory);
      await next();
      return undefined;
    });
  }
  return routes;
}

/**
 * Answers where nothing else does: a browser gets the document with status 404, and its page says so; everybody else gets
 * `otherwise`, as do browsers below the addresses of `endpoints` (paths) that have no pages.
 */
export function strayAnswer(
  policy: PagePolicy,
  endpoints: readonly string[],
  otherwise: NotFoundHandler<Env>,
  buildDirectory = BUILD,
): NotFoundHandler<Env> {
  const withPages = new Set([...PAGES, ...SHARED_PAGES].map(firstSegmentOf));
  const forPrograms = new Set(endpoints.map(firstSegmentOf).filter((segment) => !withPages.has(segment)));
  return (c) => {
    if (!['GET', 'HEAD'].includes(c.req.method) || forPrograms.has(firstSegmentOf(c.req.path))) return otherwise(c);
    c.header('Vary', 'Accept', { append: true });
    if (!prefersPage(c) || readDocument(buildDirectory) === undefined) return otherwise(c);
    const { pathname, search } = new URL(c.req.url);
    if (PAGE_AND_SLASH.test(pathname)) return c.redirect(pathname.slice(0, -1) + search, 308);
    return pageAnswer(c, policy, buildDirectory, 404);
  };
}

const firstSegmentOf = (path: string): string => path.split('/')[1] ?? '';

/** The router of the pages knows these addresses, too: their status would not be what they show. */
const PAGE_AND_SLASH = new RegExp(
  `^(${[...PAGES, ...SHARED_PAGES].map((path) => path.replaceAll(/:\w+/g, '[^/]+')).join('|')})/$`,
);

/** Stands in the document wherever the nonce of the answer belongs. */
const NONCE_PLACE = '__CSP_NONCE__';

function pageAnswer(c: ApiContext, policy: PagePolicy, buildDirectory: string, status: 200 | 404 = 200): Response {
  const document = readDocument(buildDirectory);
  c.header('Cache-Control', 'no-cache');
  if (document === undefined) return c.text('The pages are not built yet: run `npm run build`.', 503);
  const nonce = newNonce();
  c.header('Content-Security-Policy', policy(nonce));
  return c.html(document.replaceAll(NONCE_PLACE, nonce), status);
}

/** By the directory of the build. What is not built yet is looked for again. */
const documents = new Map<string, string>();

function readDocument(buildDirectory: string): string | undefined {
  try {
    const document = documents.get(buildDirectory) ?? readFileSync(`${buildDirectory}/index.html`, 'utf8');
    documents.set(buildDirectory, document);
    return document;
  } catch {
    return undefined;
  }
}
