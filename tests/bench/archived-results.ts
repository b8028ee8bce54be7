// Archived results, made directly in the database and in the store: a thousand real jobs would take longer than the bench.

import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import postgres from 'postgres';
import { jobId, type JobId } from '../../domain/ids.ts';
import type { S3 } from '../../store/client.ts';
import { SHA256_METADATA } from '../../store/copy.ts';
import type { WrittenFile } from '../../store/store.ts';
import { boundedly } from '../../workflows/boundedly.ts';
import type { BenchStack } from './bench-stack.ts';

/** Of a small result; its content does not matter to anyone. */
const SIZE_BYTES = 4096;
/** As a job has it that completed once and was archived once. */
const GENERATION = 2;
const WRITERS = 20;

export type ArchivedObject = WrittenFile & { key: string };

export interface ArchivedResult extends ArchivedObject {
  jobId: JobId;
}

/** `count` completed jobs of one user, their results archived. The user must have a row: sign in before. */
export async function makeArchivedResults(
  { stack }: BenchStack,
  s3: S3,
  { email, count }: { email: string; count: number },
): Promise<ArchivedResult[]> {
  const ids = Array.from({ length: count }, () => jobId(randomUUID()));
  const keys = ids.map((id) => `archive/${id}/${GENERATION}`);
  const objects = await putArchived(s3, s3.bucketNames.results, keys);
  const owner = postgres(stack.database, { max: 1, onnotice: () => {} });
  try {
    const { count: inserted } = await owner`
      with person as (select user_id, organization_id from users where email = ${email}),
      upload as (
        insert into uploads (upload_id, organization_id, user_id, file_name, source, size_limit_bytes, expires_at)
        select gen_random_uuid(), organization_id, user_id, 'bench.vcf', 'api', 1, now() from person
        returning upload_id, organization_id, user_id
      )
      insert into jobs (job_id, organization_id, user_id, upload_id, source, file_name, input_etag, input_size_bytes,
        genome, consequence_mode, status, submitted_at, started_at, completed_at, result_state, generation,
        result_expires_at, result_prefix, result_moved_at, result_size_bytes, result_sha256, results_file_archive_id,
        records)
      select id, organization_id, user_id, upload_id, 'api', 'bench.vcf', 'etag', 1, 'demo', 'auto', 'COMPLETED',
        at, at, at, 'archived', ${GENERATION}, at, id || '/1', at, ${SIZE_BYTES}, sha256, key, 1
      from upload, lateral (select now() - interval '1 hour' as at) as times,
        unnest(${ids}::uuid[], ${keys}::text[], ${objects.map(({ sha256 }) => sha256)}::text[]) as made (id, key, sha256)`;
    if (inserted !== count) throw new Error(`${inserted} jobs of ${email} were inserted instead of ${count}`);
  } finally {
    await owner.end({ timeout: 5 });
  }
  return objects.map((object, index) => ({ ...object, jobId: jobId(ids[index] ?? '') }));
}

/** An object in class GLACIER under each key, as archiving writes them. */
export async function putArchived({ client }: S3, bucket: string, keys: readonly string[]): Promise<ArchivedObject[]> {
  const objects = new Map<string, ArchivedObject>();
  await boundedly(keys, WRITERS, async (key) => {
    const bytes = randomBytes(SIZE_BYTES);
    const digest = createHash('sha256').update(bytes).digest();
    const sha256 = digest.toString('hex');
    await client.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        Body: bytes,
        StorageClass: 'GLACIER',
        ChecksumSHA256: digest.toString('base64'),
        Metadata: { [SHA256_METADATA]: sha256 },
      }),
    );
    objects.set(key, { key, sizeBytes: SIZE_BYTES, sha256 });
  });
  return keys.flatMap((key) => objects.get(key) ?? []);
}
