// What the issuer's process is told by the stack: a private file in the home, since it holds keys and secrets.
import { z } from 'zod';

export const issuerSettings = z.strictObject({
  port: z.int().min(1).max(65535),
  /** The address to listen on. */
  host: z.string(),
  /** The issuer's own address, as in `iss`. */
  issuer: z.url(),
  /** The gateway's address: the audience of access tokens, and where sign-in returns to. */
  audience: z.url(),
  redirectUris: z.array(z.url()).min(1),
  postLogoutRedirectUris: z.array(z.url()).min(1),
  /** Of the client `varloom-gateway`, which signs people in. */
  gatewaySecret: z.string().min(32),
  /** Of the client `varloom-service`: tokens of its own, by client_credentials. */
  serviceSecret: z.string().min(32),
  /** Of the client `varloom-local`: tokens of any seeded user, by the local grant. */
  localSecret: z.string().min(32),
  cookieKeys: z.array(z.string()).min(1),
  /** Private signing keys, as JWKs. */
  signingKeys: z.array(z.looseObject({ kid: z.string(), kty: z.string() })).min(1),
  storageFile: z.string(),
  users: z.array(
    z.strictObject({
      email: z.email(),
      subject: z.uuid(),
      name: z.string(),
      role: z.enum(['member', 'technical', 'licensed', 'director', 'admin']),
      plan: z.enum(['free', 'premium']),
    }),
  ),
});
export type IssuerSettings = z.infer<typeof issuerSettings>;

export const issuerClients = {
  gateway: 'varloom-gateway',
  service: 'varloom-service',
  local: 'varloom-local',
} as const;

/** The custom grant of `npm run token`: parameters `email` and `resource`; the client's secret is the permission. */
export const LOCAL_TOKEN_GRANT = 'urn:varloom:local-token';
