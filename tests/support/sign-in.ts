// Signing in as a browser does it: a gateway on a port, the real local issuer, and a browser that keeps cookies.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reservePort } from '../../infra/local/ports.ts';
import { startIssuer } from '../../infra/local/services/issuer.ts';
import { startTestGateway, type TestGateway } from './gateway.ts';

export interface SignInStack {
  gateway: TestGateway;
  issuer: Awaited<ReturnType<typeof startIssuer>>;
  publicUrl: string;
  /** Signs in at the issuer up to the callback, which is not visited yet. */
  upToCallback: (browser: Browser, email?: string, query?: string) => Promise<URL>;
  stop: () => Promise<void>;
}

export async function startSignInStack(): Promise<SignInStack> {
  const directory = await mkdtemp(join(tmpdir(), 'varloom-sign-in-'));
  const port = await reservePort();
  const publicUrl = `http://127.0.0.1:${port}`;
  const issuer = await startIssuer({ directory, publicUrl });
  const gateway = await startTestGateway({
    port,
    settings: {
      OIDC_ISSUER: issuer.issuer,
      OIDC_CLIENT_ID: issuer.clientId,
      OIDC_CLIENT_SECRET: issuer.clientSecret,
    },
  });
  return {
    gateway,
    issuer,
    publicUrl,
    async upToCallback(browser, email = 'free@varloom.test', query = '') {
      const form = await browser.visit(`${publicUrl}/auth/login${query}`);
      const body = new URLSearchParams({ email });
      const isEnd = (address: URL) => address.pathname === '/auth/callback';
      return (await browser.visit(form.address, { method: 'POST', body, isEnd })).address;
    },
    async stop() {
      await gateway.close();
      await issuer.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The end of a sign-in: the gateway's own redirect. */
export const finish = (browser: Browser, callback: URL): Promise<Visit> =>
  browser.visit(callback, { isEnd: () => true });

export interface Visit {
  response: Response;
  /** Where the browser ended, or was sent by a redirect that it did not follow. */
  address: URL;
}

/** Keeps cookies, follows redirects until `isEnd`. */
export function openBrowser() {
  const cookies = new Map<string, string>();
  const setCookies: string[] = [];
  const visit = async (
    address: URL | string,
    init: { method?: string; body?: URLSearchParams; isEnd?: (address: URL) => boolean } = {},
  ): Promise<Visit> => {
    const { isEnd = () => false, ...request } = init;
    const here = new URL(address);
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { cookie, ...(request.method === 'POST' ? { origin: here.origin } : {}) };
    const response = await fetch(here, { ...request, redirect: 'manual', headers });
    for (const line of response.headers.getSetCookie()) {
      setCookies.push(line);
      const [pair = ''] = line.split(';');
      const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
      if (value === '' || /max-age=0/i.test(line)) cookies.delete(name);
      else cookies.set(name, value);
    }
    const location = response.headers.get('location');
    if (location === null) return { response, address: here };
    const next = new URL(location, here);
    return isEnd(next) ? { response, address: next } : visit(next, { isEnd });
  };
  return { visit, cookies, setCookies };
}
export type Browser = ReturnType<typeof openBrowser>;
