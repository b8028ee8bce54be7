// A sign-in under way, sealed in its browser's cookie: whoever begins one writes nothing of ours. The seal is authenticated
// encryption (JWE, A256GCM) under a key derived from the client's secret, so that every gateway can open it.

import { hkdfSync, randomUUID } from 'node:crypto';
import { EncryptJWT, errors as joseErrors, jwtDecrypt } from 'jose';
import { z } from 'zod';
import type { ApiSettings } from '../settings.ts';

const begunSignIn = z.object({
  state: z.string(),
  nonce: z.string(),
  codeVerifier: z.string(),
  /** A path of ours. */
  returnTo: z.string(),
});
type BegunSignIn = z.infer<typeof begunSignIn>;

export interface SignInCookies {
  seal(signIn: BegunSignIn, lifeSeconds: number): Promise<string>;
  /** Undefined for what was not sealed by us, or is too old. `id` is the sign-in's own, for spending it. */
  open(sealed: string): Promise<(BegunSignIn & { id: string; expiresAt: Date }) | undefined>;
}

export function createSignInCookies({
  OIDC_CLIENT_SECRET,
  PUBLIC_URL,
}: Pick<ApiSettings, 'OIDC_CLIENT_SECRET' | 'PUBLIC_URL'>): SignInCookies {
  const key = new Uint8Array(hkdfSync('sha256', OIDC_CLIENT_SECRET, '', 'varloom: sign-in cookie', 32));
  return {
    seal: (signIn, lifeSeconds) =>
      new EncryptJWT(signIn)
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .setJti(randomUUID())
        .setAudience(PUBLIC_URL)
        .setExpirationTime(Math.floor(Date.now() / 1000) + lifeSeconds)
        .encrypt(key),

    async open(sealed) {
      try {
        const { payload } = await jwtDecrypt(sealed, key, {
          audience: PUBLIC_URL,
          requiredClaims: ['jti', 'exp'],
          keyManagementAlgorithms: ['dir'],
          contentEncryptionAlgorithms: ['A256GCM'],
        });
        const { jti: id, exp } = z.object({ jti: z.string(), exp: z.number() }).parse(payload);
        return { ...begunSignIn.parse(payload), id, expiresAt: new Date(exp * 1000) };
      } catch (error) {
        if (error instanceof joseErrors.JOSEError) return undefined;
        throw error;
      }
    },
  };
}
