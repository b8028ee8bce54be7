// Who asks: a browser that opens an address wants a page; a program, or a page's own script, wants JSON.

import { accepts } from 'hono/accepts';
import type { ApiContext } from './context.ts';

export const prefersPage = (c: ApiContext): boolean =>
  accepts(c, { header: 'Accept', supports: ['text/html', 'application/json'], default: 'application/json' }) ===
  'text/html';
