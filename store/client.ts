// The S3 client and the two buckets, from settings.

import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { AT_EACH_ATTEMPT, spanOfAttempt } from '../process/aws-spans.ts';
import type { Bucket } from './store.ts';

/** The settings of every process that talks to the store. Credentials, when unset, are found as AWS programs find them. */
export const storeSettings = {
  S3_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  AWS_REGION: z.string().min(1).default('us-east-1'),
  AWS_ACCESS_KEY_ID: z.string().min(1).optional(),
  AWS_SECRET_ACCESS_KEY: z.string().min(1).optional(),
  S3_INPUTS_BUCKET: z.string().min(3).default('varloom-inputs'),
  S3_RESULTS_BUCKET: z.string().min(3).default('varloom-results'),
} as const;

export type StoreSettings = z.infer<z.ZodObject<typeof storeSettings>>;

export interface S3 {
  client: S3Client;
  bucketNames: Record<Bucket, string>;
}

function tracedClient(configuration: S3ClientConfig): S3Client {
  const client = new S3Client(configuration);
  client.middlewareStack.add(spanOfAttempt('S3'), AT_EACH_ATTEMPT);
  return client;
}

export interface StorePatience {
  /** How long a connection may be silent before the call fails, and how often a call is tried. */
  silenceMs: number;
  attempts: number;
}

/** For work in the background. */
const PATIENT: StorePatience = { silenceMs: 60_000, attempts: 4 };
/** For a call that a person waits for. */
export const IMPATIENT: StorePatience = { silenceMs: 5_000, attempts: 2 };

/** Of AWS, where settings name them: the SDK looks into the environment by itself, and knows no file that holds a secret. */
export function awsCredentials({
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
}: Pick<StoreSettings, 'AWS_ACCESS_KEY_ID' | 'AWS_SECRET_ACCESS_KEY'>) {
  return accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : undefined;
}

export function connectStore(settings: StoreSettings, patience: StorePatience = PATIENT): S3 {
  const credentials = awsCredentials(settings);
  return {
    client: tracedClient({
      region: settings.AWS_REGION,
      // Path-style addresses are for stores behind a bare endpoint; AWS itself wants its own.
      ...(settings.S3_ENDPOINT ? { endpoint: settings.S3_ENDPOINT, forcePathStyle: true } : {}),
      ...(credentials ? { credentials } : {}),
      maxAttempts: patience.attempts,
      // We give SHA-256 ourselves where it matters; a default checksum would force trailers on streams.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestHandler: { connectionTimeout: 5_000, socketTimeout: patience.silenceMs },
    }),
    bucketNames: { inputs: settings.S3_INPUTS_BUCKET, results: settings.S3_RESULTS_BUCKET },
  };
}
