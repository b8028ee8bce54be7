// The real object store for a test: the S3 adapter on buckets of the caller's own.

import { connectStore, type S3 } from '../../store/client.ts';
import { createObjectStore } from '../../store/s3.ts';
import type { ObjectStore } from '../../store/store.ts';
import { createTestBuckets } from './services.ts';

export async function createTestStore(): Promise<{ s3: S3; store: ObjectStore }> {
  const buckets = await createTestBuckets();
  const s3 = connectStore({
    S3_ENDPOINT: buckets.endpoint,
    AWS_REGION: buckets.region,
    AWS_ACCESS_KEY_ID: buckets.accessKeyId,
    AWS_SECRET_ACCESS_KEY: buckets.secretAccessKey,
    S3_INPUTS_BUCKET: buckets.inputsBucket,
    S3_RESULTS_BUCKET: buckets.resultsBucket,
  });
  return { s3, store: createObjectStore(s3) };
}
