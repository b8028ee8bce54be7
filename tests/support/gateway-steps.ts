// What callers of a gateway under test do again and again: announce, upload, submit; and what a saga does to a job.

import { createHash } from 'node:crypto';
import { saveReference } from '../../db/references.ts';
import { completeJob, startJob } from '../../db/saga.ts';
import type { JobId } from '../../domain/ids.ts';
import { system } from '../../domain/principal.ts';
import type { Call, TestGateway } from './gateway.ts';

/** The row of a reference genome; its files are not in the store, because the gateway never reads them. */
export async function addReference(gateway: TestGateway, name: string): Promise<void> {
  const file = { key: `references/${name}`, sizeBytes: 1, sha256: '00'.repeat(32) };
  const row = { name, description: `${name}, synthetic`, contigs: [{ name: '1', length: 1000 }] };
  const files = { fasta: file, fastaIndex: file, gff: file };
  await saveReference(gateway.database, system('test'), { ...row, files, makeDefault: false });
}

export const VCF = '##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n';

export interface Form {
  input_file: string;
  upload: { url: string; fields: Record<string, string>; expires_at: string };
}

/** Announces an upload. Throws unless it is allowed. */
export async function announce(call: Call, request: Record<string, unknown> = {}): Promise<Form> {
  const answer = await call('POST', '/uploads', { body: { file_name: 'sample.vcf', ...request } });
  if (answer.status !== 201) throw new Error(`not announced: ${JSON.stringify(answer.body)}`);
  // The shape is asserted by the tests of uploads.
  return answer.body as unknown as Form;
}

/** Posts `content` to the store, as a browser posts the form; `changes` replaces fields, or leaves them out. */
export async function post(
  form: Form,
  content: string = VCF,
  changes: Record<string, string | undefined> = {},
): Promise<Response> {
  const data = new FormData();
  for (const [name, value] of Object.entries({ ...form.upload.fields, ...changes })) {
    if (value !== undefined) data.append(name, value);
  }
  data.append('file', new Blob([content]), 'sample.vcf');
  return fetch(form.upload.url, { method: 'POST', body: data, redirect: 'manual' });
}

/** An upload that has arrived; answers its `input_file`. */
export async function uploaded(call: Call, request: Record<string, unknown> = {}, content = VCF): Promise<string> {
  const form = await announce(call, request);
  const answer = await post(form, content);
  if (answer.status >= 400) throw new Error(`not uploaded: ${answer.status} ${await answer.text()}`);
  return form.input_file;
}

/** A submitted job of a fresh upload. Its saga is started, and nobody serves it. */
export async function submitted(call: Call, request: Record<string, unknown> = {}): Promise<JobId> {
  const input_file = await uploaded(call, {}, VCF);
  const answer = await call('POST', '/annotations', { body: { input_file, ...request } });
  if (answer.status !== 201) throw new Error(`not submitted: ${JSON.stringify(answer.body)}`);
  // The gateway made it, so it is one.
  return answer.body['job_id'] as JobId;
}

export const SUMMARY = {
  records: 3,
  consequences: { missense: 2, none: 1 },
  types: { snv: 2, indel: 1, other: 0 },
  transitions: 1,
  transversions: 1,
  ti_tv: 1,
  contigs: { '1': 3 },
  known: 1,
  novel: 2,
};

/** A job that its saga has completed: the row and the objects. */
export async function completed(gateway: TestGateway, call: Call, retentionSeconds = 300): Promise<JobId> {
  const id = await submitted(call);
  await finish(gateway, id, retentionSeconds);
  return id;
}

/** Does to a submitted job what its saga does until it is COMPLETED. */
export async function finish(gateway: TestGateway, id: JobId, retentionSeconds = 300): Promise<void> {
  const prefix = `${id}/1`;
  const result = Buffer.from('annotated');
  await startJob(gateway.database, system('test'), id);
  await gateway.put('results', `${prefix}/annotated.vcf.gz`, result);
  await gateway.put('results', `${prefix}/annotated.vcf.gz.tbi`, 'index');
  await gateway.put('results', `${prefix}/annotation.log`, '3 records in, 3 records out\n');
  await gateway.put('results', `${prefix}/summary.json`, JSON.stringify(SUMMARY));
  await gateway.put('results', `${prefix}/provenance.json`, '{"engine":"bcftools"}');
  const sha256 = createHash('sha256').update(result).digest('hex');
  const facts = { prefix, sizeBytes: result.length, sha256, records: 3 };
  await completeJob(gateway.database, system('test'), id, facts, retentionSeconds);
}
