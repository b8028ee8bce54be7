// Uploads whose gateway stops while their bytes are on the way: those of many parts, and those of a page's form, which comes back
// by the store's redirect. The store has them, and any other gateway goes on.

import { readFile } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import * as http from '../../domain/http.ts';
import { SINGLE_REQUEST_LIMIT_BYTES } from '../../domain/plans.ts';
import type { Genome } from '../../infra/demo/model.ts';
import type { InstalledProcess } from '../support/installation.ts';
import type { Program } from '../support/program.ts';
import { openBrowser } from '../support/sign-in.ts';
import { writeManyVariants } from '../support/vcf.ts';

export interface StoppedUploads {
  /** Of the gateways that stay. */
  api: () => string;
  directory: () => string;
  genome: Genome;
  startGateway: () => Promise<InstalledProcess>;
  as: (email: string, gateway?: InstalledProcess) => Promise<Program>;
  /** That it ends with 0, within the limit. */
  endsWell: (stopped: ReturnType<InstalledProcess['stop']>) => Promise<void>;
}

/** What S3 takes as a part that is not the last one. */
const LEAST_PART_BYTES = 5 * 1024 ** 2;

const partsOf = z.object({ input_file: z.string(), upload: http.multipartUpload });
const formOf = z.object({ input_file: z.string(), upload: http.postUpload });

/** A request to the store whose first half has left. */
async function halfSent(url: string, method: string, body: Buffer, headers: Record<string, string> = {}) {
  const sending = request(url, { method, agent: false, headers: { ...headers, 'Content-Length': body.length } });
  const answered = new Promise<IncomingMessage>((resolve, reject) =>
    sending.once('response', resolve).once('error', reject),
  );
  const half = Math.floor(body.length / 2);
  await new Promise<void>((resolve, reject) => {
    answered.catch(reject);
    sending.write(body.subarray(0, half), () => resolve());
  });
  return {
    async finish() {
      sending.end(body.subarray(half));
      const answer = await answered;
      answer.resume();
      return { status: answer.statusCode, headers: answer.headers };
    },
  };
}

export function uploadsOutliveTheirGateway(subject: StoppedUploads): void {
  const { api, directory, genome, startGateway, as, endsWell } = subject;
  const variants = async (count: number) => {
    const path = join(directory(), `${count}.vcf`);
    await writeManyVariants(path, genome, count);
    return readFile(path);
  };

  it('an upload in parts is completed at another gateway, though the one that announced it stopped between them', async () => {
    const gateway = await startGateway();
    const [before, premium] = [await as('premium', gateway), await as('premium')];
    // What is announced is what the parts may hold; fewer may be sent.
    const announcement = { file_name: 'parts.vcf', size_bytes: SINGLE_REQUEST_LIMIT_BYTES + 1 };
    const announced = await before.ask('POST', '/uploads', { status: 201, shape: partsOf }, announcement);
    const content = await variants(150_000);
    const pieces = [content.subarray(0, LEAST_PART_BYTES), content.subarray(LEAST_PART_BYTES)];
    expect(pieces[1]?.length).toBeGreaterThan(0);
    const sending = pieces.map(async (piece, i) => {
      const { number, url } = announced.upload.parts[i] ?? { number: 0, url: '' };
      return { number, ...(await halfSent(url, 'PUT', piece)) };
    });
    const [first, second] = await Promise.all(sending);
    if (!first || !second) throw new Error('a part is missing');
    const firstSent = await first.finish();
    await endsWell(gateway.stop());
    const sent = [firstSent, await second.finish()];
    expect(sent.map(({ status }) => status)).toEqual([200, 200]);

    const parts = sent.map(({ headers }, i) => ({ number: i + 1, etag: String(headers.etag) }));
    const { pathname } = new URL(announced.upload.complete_url);
    const completed = z.object({ input_file: z.literal(announced.input_file) });
    await premium.ask('POST', pathname, { shape: completed }, { parts });
    const id = await premium.annotate(announced.input_file, { consequence_mode: 'local' });
    expect(await premium.ended(id)).toMatchObject({ job_status: 'COMPLETED', summary: { records: 150_000 } });
  });

  it("a page's form arrives though its gateway stopped half-way, and the redirect starts one job at another", async () => {
    const browser = openBrowser();
    const signIn = await browser.visit(`${api()}/auth/login`);
    await browser.visit(signIn.address, { method: 'POST', body: new URLSearchParams({ email: 'free@varloom.test' }) });
    const gateway = await startGateway();
    const own = `http://127.0.0.1:${gateway.port}`;
    const page = await browser.visit(`${own}/annotate`);
    expect({ status: page.response.status, at: page.address.pathname }).toEqual({ status: 200, at: '/annotate' });
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const announcing = await fetch(`${own}/uploads`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Cookie: cookie, Origin: new URL(api()).origin },
      body: JSON.stringify({ file_name: 'page.vcf' }),
    });
    const { input_file: inputFile, upload } = formOf.parse(await announcing.json());
    const data = new FormData();
    for (const [name, value] of Object.entries(upload.fields)) data.append(name, value);
    data.append('file', new Blob([new Uint8Array(await variants(20_000))]), 'page.vcf');
    const form = new Response(data);
    const type = form.headers.get('Content-Type') ?? '';
    const body = Buffer.from(await form.arrayBuffer());

    const sending = await halfSent(upload.url, 'POST', body, { 'Content-Type': type });
    await endsWell(gateway.stop());
    const { status, headers } = await sending.finish();
    expect(status).toBe(303);
    const arrived = await fetch(headers.location ?? '', { headers: { Accept: 'application/json' } });
    const { job_id: id } = z.object({ job_id: z.uuid() }).parse(await arrived.json());

    const free = await as('free');
    expect(await free.ended(id)).toMatchObject({ job_status: 'COMPLETED', summary: { records: 20_000 } });
    // The store has told of it as well.
    const listed = z.object({ jobs: z.array(z.object({ job_id: z.string(), input_file: z.string() })) });
    const { jobs } = await free.ask('GET', '/annotations?limit=100', { shape: listed });
    expect(jobs.filter(({ input_file }) => input_file === inputFile)).toEqual([{ job_id: id, input_file: inputFile }]);
  });
}
