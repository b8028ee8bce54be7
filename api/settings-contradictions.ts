// Settings of the gateway that are each well-formed, and together cannot be what anybody wants.

import { BadSettings } from '../process/settings.ts';

export interface Contradictable {
  NODE_ENV: string;
  HOST: string;
  PORT: number;
  PUBLIC_URL?: string | undefined;
  OIDC_ISSUER: string;
  FREE_UPLOAD_LIMIT_BYTES: number;
  PREMIUM_UPLOAD_LIMIT_BYTES: number;
  S3_ENDPOINT?: string | undefined;
  S3_INPUTS_BUCKET: string;
  S3_RESULTS_BUCKET: string;
  STORAGE_TOPIC_ARN?: string | undefined;
  STORAGE_ACCEPT_UNSIGNED: boolean;
}

const EVERY_ADDRESS = ['0.0.0.0', '::', '[::]', '*'];

/** @throws BadSettings with the first one that is found; it begins with the setting's name */
export function refuseContradictions(settings: Contradictable): void {
  for (const [isSo, why] of contradictions(settings)) if (isSo) throw new BadSettings(why);
}

const contradictions = (settings: Contradictable): [boolean, string][] => [
  ...(settings.NODE_ENV === 'production' ? forbiddenInProduction(settings) : []),
  [
    settings.PUBLIC_URL === undefined && (settings.PORT === 0 || EVERY_ADDRESS.includes(settings.HOST)),
    'PUBLIC_URL is required with PORT=0, or a HOST that stands for every address: no browser can go there',
  ],
  [
    settings.FREE_UPLOAD_LIMIT_BYTES > settings.PREMIUM_UPLOAD_LIMIT_BYTES,
    'PREMIUM_UPLOAD_LIMIT_BYTES must be FREE_UPLOAD_LIMIT_BYTES or more',
  ],
  [
    settings.S3_INPUTS_BUCKET === settings.S3_RESULTS_BUCKET,
    'S3_RESULTS_BUCKET must not be S3_INPUTS_BUCKET: what is in the one by right is rubbish in the other',
  ],
  [
    settings.STORAGE_ACCEPT_UNSIGNED && settings.STORAGE_TOPIC_ARN === undefined,
    'STORAGE_TOPIC_ARN is required with STORAGE_ACCEPT_UNSIGNED: without a topic no notice is accepted',
  ],
  [
    settings.STORAGE_ACCEPT_UNSIGNED && settings.S3_ENDPOINT === undefined,
    'STORAGE_ACCEPT_UNSIGNED is for a local S3_ENDPOINT: AWS signs what it sends',
  ],
];

const forbiddenInProduction = (settings: Contradictable): [boolean, string][] => [
  [
    settings.STORAGE_ACCEPT_UNSIGNED,
    'STORAGE_ACCEPT_UNSIGNED is for the local stack only: anyone could report uploads',
  ],
  [
    !settings.PUBLIC_URL?.startsWith('https:'),
    'PUBLIC_URL must be an https address in production: the session cookie depends on it',
  ],
  [
    !settings.OIDC_ISSUER.startsWith('https:'),
    'OIDC_ISSUER must be an https address in production: who signs in depends on it',
  ],
];
