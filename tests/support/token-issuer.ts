// As much of an OpenID Connect issuer as its tokens need: a discovery document, keys, and tokens of any content.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from 'jose';

export interface TokenIssuer {
  issuer: string;
  /** A signed JWT. Issued now, and valid for five minutes from this issuer, unless the claims say otherwise. */
  sign: (claims: JWTPayload, options?: { key?: CryptoKey; kid?: string }) => Promise<string>;
  /** What any code is exchanged for from now on. */
  giveIdToken: (token: string) => void;
  /** From now on its keys cannot be fetched. */
  breakKeys: () => void;
  stop: () => Promise<void>;
}

export async function startTokenIssuer(): Promise<TokenIssuer> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const kid = 'test-key';
  const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' }] });
  let issuer = '';
  let isBroken = false;
  let idToken: string | undefined;
  const server = createServer((request, response) => {
    const documents: Record<string, () => string> = {
      '/.well-known/openid-configuration': () =>
        JSON.stringify({
          issuer,
          jwks_uri: `${issuer}/jwks`,
          authorization_endpoint: `${issuer}/auth`,
          token_endpoint: `${issuer}/token`,
          response_types_supported: ['code'],
          subject_types_supported: ['public'],
          id_token_signing_alg_values_supported: ['ES256'],
        }),
      ...(isBroken ? {} : { '/jwks': () => jwks }),
      ...(idToken === undefined
        ? {}
        : { '/token': () => JSON.stringify({ access_token: 'none', token_type: 'bearer', id_token: idToken }) }),
    };
    const document = documents[request.url ?? ''];
    response.writeHead(document ? 200 : 503, { 'Content-Type': 'application/json' });
    response.end(document?.() ?? '{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the issuer has no port');
  issuer = `http://127.0.0.1:${address.port}`;
  return {
    issuer,
    sign: (claims, options = {}) =>
      new SignJWT({ iss: issuer, exp: Math.floor(Date.now() / 1000) + 300, ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: options.kid ?? kid, typ: 'at+jwt' })
        .setIssuedAt(claims.iat)
        .sign(options.key ?? privateKey),
    giveIdToken: (token) => {
      idToken = token;
    },
    breakKeys: () => {
      isBroken = true;
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
