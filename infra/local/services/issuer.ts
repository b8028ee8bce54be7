// The local OpenID Connect issuer as a service: makes its keys and secrets once, and starts `issuer.ts` with them.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import { keptSecret, projectDirectory, readJson, writeJson } from '../home.ts';
import { LOCAL_TOKEN_GRANT, issuerClients } from '../issuer-settings.ts';
import type { IssuerSettings } from '../issuer-settings.ts';
import { localUsers } from '../users.ts';
import { portOrFree, startEmbedded } from './embedded.ts';
import type { EmbeddedService, ServiceOptions, StartedService } from './embedded.ts';

export interface IssuerAddresses {
  issuer: string;
  /** The client that signs people in for the gateway. */
  clientId: string;
  clientSecret: string;
  /** The client `varloom-service`, for client_credentials. */
  serviceSecret: string;
  /** The client of `localToken`. */
  localSecret: string;
}

export interface IssuerOptions extends ServiceOptions {
  /** How browsers reach the gateway: the audience, and (plus /auth/callback) where sign-in returns to. */
  publicUrl: string;
  /** Where keys and secrets are kept; the directory itself when not given. */
  secrets?: string;
}

export async function startIssuer(options: IssuerOptions): Promise<StartedService<IssuerAddresses>> {
  return startEmbedded(await embedIssuer(options), options.directory);
}

export async function embedIssuer(options: IssuerOptions): Promise<EmbeddedService<IssuerAddresses>> {
  const port = await portOrFree(options.port);
  const issuer = `http://127.0.0.1:${port}`;
  const { settings, settingsFile } = await writeIssuerSettings({
    issuer,
    port,
    host: '127.0.0.1',
    publicUrl: options.publicUrl,
    directory: options.directory,
    secrets: options.secrets ?? options.directory,
  });
  return {
    plan: {
      name: 'issuer',
      command: process.execPath,
      args: [join(projectDirectory, 'infra', 'local', 'issuer.ts')],
      env: { ISSUER_SETTINGS_FILE: settingsFile },
      isReady: (output) => output().includes('"msg":"issuer ready"'),
      readyWithinSeconds: 60,
      stopSignal: 'SIGTERM',
      stopWithinSeconds: 5,
    },
    addresses: {
      issuer,
      clientId: issuerClients.gateway,
      clientSecret: settings.gatewaySecret,
      serviceSecret: settings.serviceSecret,
      localSecret: settings.localSecret,
    },
  };
}

interface IssuerPlace {
  issuer: string;
  port: number;
  host: string;
  publicUrl: string;
  directory: string;
  secrets: string;
  /** Kept in `secrets` when not given. */
  gatewaySecret?: string;
}

/** Makes what is missing of keys and secrets, and writes the private file that `issuer.ts` reads. */
export async function writeIssuerSettings(
  place: IssuerPlace,
): Promise<{ settings: IssuerSettings; settingsFile: string }> {
  const { issuer, port, host, directory, secrets } = place;
  await mkdir(directory, { recursive: true });
  await mkdir(secrets, { recursive: true, mode: 0o700 });
  const publicUrl = place.publicUrl.replace(/\/$/, '');
  const settings: IssuerSettings = {
    port,
    host,
    issuer,
    audience: publicUrl,
    redirectUris: [`${publicUrl}/auth/callback`],
    postLogoutRedirectUris: [publicUrl, `${publicUrl}/`],
    gatewaySecret: place.gatewaySecret ?? keptSecret(secrets, 'issuer-gateway-secret'),
    serviceSecret: keptSecret(secrets, 'issuer-service-secret'),
    localSecret: keptSecret(secrets, 'issuer-local-secret'),
    cookieKeys: [keptSecret(secrets, 'issuer-cookie-key')],
    signingKeys: await keptSigningKeys(join(secrets, 'issuer-signing-keys.json')),
    storageFile: join(directory, 'issuer.sqlite'),
    users: [...localUsers],
  };
  const settingsFile = join(secrets, 'issuer-settings.json');
  writeJson(settingsFile, settings);
  return { settings, settingsFile };
}

/**
 * An access token (JWT) of a seeded user for the gateway. Throws with the issuer's reason when it refuses.
 */
export async function localToken(at: Pick<IssuerAddresses, 'issuer' | 'localSecret'>, email: string): Promise<string> {
  const response = await fetch(`${at.issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${issuerClients.local}:${encodeURIComponent(at.localSecret)}`)}` },
    body: new URLSearchParams({ grant_type: LOCAL_TOKEN_GRANT, email }),
    signal: AbortSignal.timeout(10_000),
  });
  const answer: unknown = await response.json();
  if (typeof answer === 'object' && answer !== null) {
    if ('access_token' in answer && typeof answer.access_token === 'string') return answer.access_token;
    if ('error_description' in answer) throw new Error(String(answer.error_description));
  }
  throw new Error(`the issuer answered with status ${response.status}`);
}

async function keptSigningKeys(file: string): Promise<IssuerSettings['signingKeys']> {
  const kept = readJson(file);
  // Written below and by nobody else; the issuer's process checks its settings again.
  if (Array.isArray(kept) && kept.length > 0) return kept as IssuerSettings['signingKeys'];
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const key = { ...(await exportJWK(privateKey)), kty: 'RSA', kid: crypto.randomUUID(), alg: 'RS256', use: 'sig' };
  writeJson(file, [key]);
  return [key];
}
