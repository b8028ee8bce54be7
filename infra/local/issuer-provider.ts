// The local issuer's configuration of oidc-provider: code + PKCE, refresh, client_credentials, and a grant that gives
// a token of a seeded user to whoever may read the home of the stack.
import Provider, { errors } from 'oidc-provider';
import type { Configuration, KoaContextWithOIDC, TokenEndpointGrantContext } from 'oidc-provider';
import { errorPage, signOutPage, signedOutPage } from './issuer-pages.ts';
import { LOCAL_TOKEN_GRANT, issuerClients } from './issuer-settings.ts';
import type { IssuerSettings } from './issuer-settings.ts';
import { openIssuerStorage } from './issuer-storage.ts';
import type { LocalUser } from './users.ts';

const HOUR_SECONDS = 3600;
const DAY_SECONDS = 24 * HOUR_SECONDS;
const SCOPES = 'openid profile email offline_access';

export function createIssuer(settings: IssuerSettings): Provider {
  const provider = new Provider(settings.issuer, configure(settings));
  // We speak no TLS: whoever is reached by https stands behind a proxy, and is told there how people came.
  provider.proxy = settings.issuer.startsWith('https:');
  provider.registerGrantType<{ email?: string }>(LOCAL_TOKEN_GRANT, (ctx) => grantLocalToken(provider, settings, ctx), [
    'email',
    'resource',
    'scope',
  ]);
  return provider;
}

const claimsOf = ({ email, name }: LocalUser) => ({ email, email_verified: true, name });

function configure(settings: IssuerSettings): Configuration {
  const bySubject = new Map(settings.users.map((user) => [user.subject, user]));
  return {
    adapter: openIssuerStorage(settings.storageFile),
    // Each key was generated as a private JWK and checked to have kid and kty; the rest is the library's to check.
    jwks: { keys: settings.signingKeys as NonNullable<Configuration['jwks']>['keys'] },
    clients: [
      {
        client_id: issuerClients.gateway,
        client_name: 'Varloom',
        client_secret: settings.gatewaySecret,
        redirect_uris: settings.redirectUris,
        post_logout_redirect_uris: settings.postLogoutRedirectUris,
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        require_auth_time: true,
      },
      {
        client_id: issuerClients.service,
        client_secret: settings.serviceSecret,
        redirect_uris: [],
        response_types: [],
        grant_types: ['client_credentials'],
      },
      {
        client_id: issuerClients.local,
        client_secret: settings.localSecret,
        redirect_uris: [],
        response_types: [],
        grant_types: [LOCAL_TOKEN_GRANT],
      },
    ],
    scopes: SCOPES.split(' '),
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    conformIdTokenClaims: false, // email and name are in the ID token too, as most issuers do it
    findAccount: (_ctx, subject) => {
      const user = bySubject.get(subject);
      return user && { accountId: subject, claims: () => ({ sub: subject, ...claimsOf(user) }) };
    },
    async extraTokenClaims(ctx, token) {
      if (token.kind !== 'AccessToken') return undefined;
      const user = bySubject.get(token.accountId);
      if (!user) return undefined;
      const { AuthorizationCode: code, RefreshToken: refresh } = ctx.oidc.entities;
      const authTime = code?.authTime ?? refresh?.authTime ?? Math.floor(Date.now() / 1000);
      return { ...claimsOf(user), auth_time: authTime };
    },
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    // One consent page fewer: the only clients are our own.
    loadExistingGrant: grantEverything,
    interactions: { url: (_ctx, interaction) => `/sign-in/${interaction.uid}` },
    cookies: {
      keys: settings.cookieKeys,
      // Cookies know no ports: two stacks on 127.0.0.1 must not overwrite each other's.
      names: {
        session: `issuer_session_${settings.port}`,
        interaction: `issuer_interaction_${settings.port}`,
        resume: `issuer_resume_${settings.port}`,
      },
    },
    ttl: {
      AccessToken: HOUR_SECONDS,
      ClientCredentials: HOUR_SECONDS,
      IdToken: HOUR_SECONDS,
      AuthorizationCode: 60,
      Interaction: HOUR_SECONDS,
      Session: DAY_SECONDS,
      Grant: 30 * DAY_SECONDS,
      RefreshToken: 30 * DAY_SECONDS,
    },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        // Given unasked, it would turn the tokens of sign-in into ones that userinfo refuses.
        defaultResource: (ctx) => (ctx.oidc.params?.['grant_type'] === 'client_credentials' ? settings.audience : []),
        useGrantedResource: () => false,
        getResourceServerInfo: (_ctx, resource) => resourceServer(settings, resource),
      },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource(ctx, form) {
          const confirmed = ctx.oidc.entities.IdTokenHint !== undefined;
          ctx.body = signOutPage(form, { confirmed });
        },
        postLogoutSuccessSource(ctx) {
          ctx.body = signedOutPage();
        },
      },
    },
    renderError(ctx, out) {
      ctx.type = 'html';
      ctx.body = errorPage(out.error, out.error_description ?? '');
    },
  };
}

function resourceServer(settings: IssuerSettings, resource: string) {
  if (resource.replace(/\/$/, '') !== settings.audience.replace(/\/$/, '')) {
    throw new errors.InvalidTarget(`the only resource is ${settings.audience}`);
  }
  return {
    scope: SCOPES,
    audience: settings.audience,
    accessTokenTTL: HOUR_SECONDS,
    accessTokenFormat: 'jwt' as const,
    jwt: { sign: { alg: 'RS256' as const } },
  };
}

async function grantEverything(ctx: KoaContextWithOIDC) {
  const { client, session, provider, params } = ctx.oidc;
  if (!client || !session?.accountId) return undefined;
  const grantId = session.grantIdFor(client.clientId);
  const grant =
    (grantId ? await provider.Grant.find(grantId) : undefined) ??
    new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope(SCOPES);
  for (const resource of [params?.['resource']].flat()) {
    if (typeof resource === 'string') grant.addResourceScope(resource, SCOPES);
  }
  await grant.save();
  return grant;
}

async function grantLocalToken(
  provider: Provider,
  settings: IssuerSettings,
  ctx: TokenEndpointGrantContext<{ email?: string }>,
): Promise<void> {
  const { client, params } = ctx.oidc;
  const user = settings.users.find(({ email }) => email === params.email);
  if (!user) throw new errors.InvalidRequest(`there is no local user ${params.email ?? ''}`);
  const resource = typeof params.resource === 'string' ? params.resource : settings.audience;
  const grant = new provider.Grant({ clientId: client.clientId, accountId: user.subject });
  grant.addResourceScope(resource, SCOPES);
  const token = new provider.AccessToken({
    client,
    accountId: user.subject,
    grantId: await grant.save(),
    gty: LOCAL_TOKEN_GRANT,
    scope: SCOPES,
    resourceServer: new provider.ResourceServer(resource, resourceServer(settings, resource)),
  });
  ctx.oidc.entity('AccessToken', token);
  const value = await token.save();
  ctx.body = { access_token: value, expires_in: token.expiration, scope: token.scope, token_type: 'Bearer' };
}
