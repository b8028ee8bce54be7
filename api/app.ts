// The gateway's HTTP application: what every request passes, then the routes.

import { OpenAPIHono } from '@hono/zod-openapi';
import { routePath } from 'hono/route';
import { createAuthenticate } from './auth/authenticate.ts';
import { authRoutes } from './auth/routes.ts';
import { knownPrincipal, type Dependencies, type Env } from './context.ts';
import { handleErrors, handleNotFound } from './errors.ts';
import { observeRequests } from './observing.ts';
import { pageRoutes, sharedPageRoutes, strayAnswer } from './pages.ts';
import { limitAnonymous, limitBodies, refuseOtherThanJson } from './request-limits.ts';
import { createPagePolicy, securityHeaders, storeOriginOf } from './security-headers.ts';
import { accountRoutes } from './routes/account.ts';
import { annotationRoutes } from './routes/annotations.ts';
import { auditRoutes } from './routes/audit.ts';
import { delegationRoutes } from './routes/delegations.ts';
import { deliveryRoutes } from './routes/deliveries.ts';
import { healthRoutes } from './routes/health.ts';
import { organizationRoutes } from './routes/organization.ts';
import { internalRoutes } from './routes/internal.ts';
import { partnerApiRoutes } from './routes/partner-api.ts';
import { partnerRoutes } from './routes/partners.ts';
import { reviewRoutes } from './routes/reviews.ts';
import { restoreRoutes } from './routes/restores.ts';
import { resultRoutes } from './routes/results.ts';
import { sampleRoutes } from './routes/samples.ts';
import { storageNoticeRoutes } from './routes/storage-notices.ts';
import { stripeWebhookRoutes } from './routes/stripe-webhook.ts';
import { subscriptionRoutes } from './routes/subscription.ts';
import { uploadRoutes } from './routes/uploads.ts';
import { webhookEndpointRoutes } from './routes/webhook-endpoints.ts';

export function createApp(deps: Dependencies): OpenAPIHono<Env> {
  const app = new OpenAPIHono<Env>();
  const authenticate = createAuthenticate(deps);
  const pagePolicy = createPagePolicy(storeOriginOf(deps.settings));

  app.onError(handleErrors(deps.logger));
  const acceptsParent = deps.settings.TRACE_ACCEPT_PARENT;
  app.use(observeRequests(deps.logger, { acceptsParent, principalOf: knownPrincipal }));
  app.use(async (c, next) => {
    // Answers hold links that open files, and what is personal; pages and assets say otherwise for themselves.
    c.header('Cache-Control', 'no-store');
    const startedAt = performance.now();
    deps.httpMetrics?.began();
    await next();
    // Who keeps connections must not send a request on this one while it is being closed: nobody would know whether it was heard.
    if (deps.stopping.aborted) c.header('Connection', 'close');
    deps.httpMetrics?.answered({
      method: c.req.method,
      route: routePath(c),
      status: c.res.status,
      seconds: (performance.now() - startedAt) / 1000,
    });
  });
  app.use(securityHeaders({ publicUrl: deps.settings.PUBLIC_URL }));
  app.use(limitAnonymous(deps));
  app.use(limitBodies());
  app.use(refuseOtherThanJson());

  // First: some addresses are a page's and an endpoint's, by what is asked for.
  app.route('/', sharedPageRoutes(pagePolicy));
  app.route('/', healthRoutes(deps));
  app.route('/', authRoutes(deps, authenticate));
  app.route('/', uploadRoutes(deps, authenticate));
  app.route('/', annotationRoutes(deps, authenticate));
  app.route('/', resultRoutes(deps, authenticate));
  app.route('/', accountRoutes(deps, authenticate));
  app.route('/', subscriptionRoutes(deps, authenticate));
  app.route('/', restoreRoutes(deps, authenticate));
  app.route('/', organizationRoutes(deps, authenticate));
  app.route('/', sampleRoutes(deps, authenticate));
  app.route('/', deliveryRoutes(deps, authenticate));
  app.route('/', reviewRoutes(deps, authenticate));
  app.route('/', delegationRoutes(deps, authenticate));
  app.route('/', auditRoutes(deps, authenticate));
  app.route('/', partnerRoutes(deps, authenticate));
  app.route('/', webhookEndpointRoutes(deps, authenticate));
  app.route('/', partnerApiRoutes(deps));
  app.route('/', internalRoutes(deps));
  app.route('/', storageNoticeRoutes(deps));
  app.route('/', stripeWebhookRoutes(deps));
  app.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: {
      title: 'Varloom',
      version: '1',
      description: 'Annotation of genome variants, and delivery of the results.',
    },
    servers: [{ url: deps.settings.PUBLIC_URL }],
    security: [{ bearer: [] }, { session: [] }],
  });
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    description: 'An access token of the sign-in service, or an API key',
  });
  app.openAPIRegistry.registerComponent('securitySchemes', 'service', {
    type: 'http',
    scheme: 'bearer',
    description: 'A service token, made for a partner or a program of the operator',
  });
  app.openAPIRegistry.registerComponent('securitySchemes', 'session', {
    type: 'apiKey',
    in: 'cookie',
    name: 'varloom_session',
    description: 'The session of a page',
  });
  app.route('/', pageRoutes(pagePolicy));
  const addresses = app.routes.map(({ path }) => path);
  app.notFound(strayAnswer(pagePolicy, addresses, handleNotFound));
  return app;
}
