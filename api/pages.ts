// Serves the pages' build: one document for every page's address, and its assets, whose names change with their content.

import { readFileSync } from 'node:fs';
import { serveStatic } from '@hono/node-server/serve-static';
import { fileURLToPath } from 'node:url';
import { createRoutes } from './context.ts';

const BUILD = fileURLToPath(new URL('../build/web', import.meta.url));

/** Addresses of pages; a job's page is `/jobs/<job_id>`. */
export const PAGES = ['/', '/annotate', '/jobs', '/jobs/:job_id', '/files', '/account', '/billing', '/sign-in-failed'];

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
  for (const page of PAGES) {
    routes.get(page, (c) => {
      const document = readDocument(buildDirectory);
      c.header('Cache-Control', 'no-cache');
      return document === undefined
        ? c.text('The pages are not built yet: run `npm run build`.', 503)
        : c.html(document);
    });
  }
  return routes;
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
