// What every route can reach, and who calls.

import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Database } from '../db/client.ts';
import type { User, UserPrincipal } from '../db/identity.ts';
import type { PartnerCaller } from '../db/partner-view.ts';
import { VarloomError } from '../domain/errors.ts';
import type { Principal } from '../domain/principal.ts';
import type { KeyService } from '../kms/key-service.ts';
import type { HttpMetrics } from '../process/metrics-http.ts';
import type { WebhookAddresses } from '../process/webhook-address.ts';
import type { WebhookSecrets } from '../process/webhook-secrets.ts';
import type { Logger } from '../process/main.ts';
import type { Presigner } from '../store/presign.ts';
import type { ObjectStore } from '../store/store.ts';
import type { Afterwards } from './afterwards.ts';
import type { Identities } from './auth/identities.ts';
import type { ClientNetwork } from './client-network.ts';
import type { JobWatch } from './job-watch.ts';
import type { RateLimiter } from './rate-limits.ts';
import type { Sagas } from './sagas.ts';
import type { ApiSettings } from './settings.ts';

export interface Dependencies {
  settings: ApiSettings;
  database: Database;
  store: ObjectStore;
  presigner: Presigner;
  /** Wraps the keys of patient data. */
  patientKeys: KeyService;
  webhooks: { secrets: WebhookSecrets; addresses: WebhookAddresses };
  sagas: Sagas;
  identities: Identities;
  jobWatch: JobWatch;
  /** By network address: sign-in, and whoever sends no credentials or wrong ones. */
  clientNetwork: ClientNetwork;
  rateLimits: RateLimiter;
  logger: Logger;
  /** What is done after the answer. */
  afterwards: Afterwards;
  /** Undefined where nothing is measured. */
  httpMetrics?: HttpMetrics | undefined;
  /** Aborts when the gateway stops: open streams end then. */
  stopping: AbortSignal;
}

/** Scopes that an API key may carry; a session or an access token carries all. */
export type Scope = 'annotations:read' | 'annotations:write';

export interface Caller {
  user: User;
  principal: UserPrincipal;
  via: 'session' | 'access_token' | 'api_key';
  /** undefined means: everything that the user may do. */
  scopes: ReadonlySet<string> | undefined;
  /** When they last proved who they are; undefined for an API key. */
  authenticatedAt: Date | undefined;
  /** When the session was opened, or the access token issued; undefined for an API key. */
  actingSince: Date | undefined;
}

/** A program with a service token. */
export interface ServiceCaller {
  /** `partner:<id>`, or the system for a program of the operator. */
  principal: Principal;
  partner: PartnerCaller | undefined;
}

export interface Env {
  Variables: {
    requestId: string;
    caller: Caller;
    service: ServiceCaller;
    /** Of the tightest limit that counted this request. */
    rateLimitRemaining?: number;
  };
}

export type ApiContext = Context<Env>;

/** Of whoever asks; undefined while nobody is known. */
export function knownPrincipal(c: Context): Principal | undefined {
  const { caller, service }: Partial<Env['Variables']> = c.var;
  return caller?.principal ?? service?.principal;
}

/** A group of routes. Bad requests are refused with every fault named. */
export function createRoutes(): OpenAPIHono<Env> {
  return new OpenAPIHono<Env>({
    defaultHook: (result) => {
      if (result.success) return;
      const details: Record<string, string> = {};
      for (const issue of result.error.issues) {
        const unknown = issue.code === 'unrecognized_keys' ? issue.keys : undefined;
        for (const key of unknown ?? ['']) {
          details[[...issue.path, key].filter((part) => part !== '').join('.') || result.target] = unknown
            ? 'unknown field'
            : issue.message;
        }
      }
      throw new VarloomError(
        'invalid_request',
        `The request is not valid: ${Object.entries(details)
          .map(([field, fault]) => `${field}: ${fault}`)
          .join('; ')}.`,
        details,
      );
    },
  });
}
