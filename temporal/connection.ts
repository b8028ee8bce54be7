// How a process reaches Temporal: plainly within a network of one's own, or over TLS, with a certificate or an API key of its
// own where the server asks for one. The same for clients and workers.

import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { ConnectionOptions } from '@temporalio/client';
import { BadSettings, type temporalSettings } from '../process/settings.ts';
import type { z } from 'zod';

type Settings = Pick<
  z.infer<z.ZodObject<typeof temporalSettings>>,
  | 'TEMPORAL_ADDRESS'
  | 'TEMPORAL_TLS'
  | 'TEMPORAL_TLS_CA'
  | 'TEMPORAL_TLS_CERT'
  | 'TEMPORAL_TLS_KEY'
  | 'TEMPORAL_TLS_SERVER_NAME'
  | 'TEMPORAL_API_KEY'
>;

/** Of what a client's connection and a worker's have in common. */
export interface TemporalConnection {
  address: string;
  /** Plain when left out. */
  tls?: NonNullable<ConnectionOptions['tls']>;
  /** Sent as `authorization: Bearer …` with each call. */
  apiKey?: string;
}

/** What is given for a connection over TLS only. None of it ever goes out over a plain one. */
const NEED_TLS = [
  'TEMPORAL_TLS_CA',
  'TEMPORAL_TLS_CERT',
  'TEMPORAL_TLS_KEY',
  'TEMPORAL_TLS_SERVER_NAME',
  'TEMPORAL_API_KEY',
] as const;

/** @throws BadSettings that begins with the setting's name */
export function refuseHalfSecured(settings: Settings): void {
  const [needing] = NEED_TLS.filter((name) => settings[name] !== undefined);
  if (settings.TEMPORAL_TLS === false && needing !== undefined) {
    throw new BadSettings(
      `TEMPORAL_TLS=false contradicts ${needing}, which is for connections over TLS: leave one out`,
    );
  }
  const { TEMPORAL_TLS_CERT: certificate, TEMPORAL_TLS_KEY: key } = settings;
  if (certificate === undefined || key === undefined) return;
  // Of a chain the first one is the process's own.
  if (!new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))) {
    throw new BadSettings('TEMPORAL_TLS_KEY is not the key of the first certificate of TEMPORAL_TLS_CERT');
  }
}

/** Of settings that `refuseHalfSecured` let pass. */
export function temporalConnection(settings: Settings): TemporalConnection {
  const { TEMPORAL_TLS_CA: authorities, TEMPORAL_TLS_CERT: certificate, TEMPORAL_TLS_KEY: key } = settings;
  const { TEMPORAL_ADDRESS: address, TEMPORAL_TLS_SERVER_NAME: serverName, TEMPORAL_API_KEY: apiKey } = settings;
  if (!settings.TEMPORAL_TLS && NEED_TLS.every((name) => settings[name] === undefined)) return { address };
  return {
    address,
    tls: {
      ...(authorities === undefined ? {} : { serverRootCACertificate: Buffer.from(authorities) }),
      ...(serverName === undefined ? {} : { serverNameOverride: serverName }),
      ...(certificate === undefined || key === undefined
        ? {}
        : { clientCertPair: { crt: Buffer.from(certificate), key: Buffer.from(key) } }),
    },
    ...(apiKey === undefined ? {} : { apiKey }),
  };
}
