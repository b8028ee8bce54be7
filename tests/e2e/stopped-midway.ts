// SIGTERM in the middle of an upload, a submission, a stream, a long annotation and a decision: each is finished, or done by another
// process, and who was asked to stop ends with 0 in time.

import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { keptSecret, openHome } from '../../infra/local/home.ts';
import { localToken } from '../../infra/local/services/issuer.ts';
import type { InstalledProcess } from '../support/installation.ts';
import { signIn } from '../support/program.ts';
import type { TestStack } from '../support/services.ts';
import { DEMO_PLAN, demoVariants, makeGenome, writeManyVariants, writeVcf } from '../support/vcf.ts';
import { uploadsOutliveTheirGateway } from './stopped-uploads.ts';

const run = promisify(execFile);
const genome = makeGenome(DEMO_PLAN);
const small = () => Buffer.from(writeVcf(genome, demoVariants(genome, { seed: 9, count: 20 })));

export interface Stoppable {
  stack: () => TestStack;
  directory: () => string;
  startGateway: () => Promise<InstalledProcess>;
  startWorker: (queue: 'orchestration' | 'engine') => Promise<InstalledProcess>;
  /** Those that serve when the first of these tests begins. */
  serving: () => Record<'orchestration' | 'engine', InstalledProcess>;
  stopLimitSeconds: number;
}

interface HeldRequest {
  /** Sends the body, and resolves with the answer. */
  finish: () => Promise<{ status: number | undefined; body: Record<string, unknown> }>;
}

export function stopsMidway({
  stack,
  directory,
  startGateway,
  startWorker,
  serving,
  stopLimitSeconds,
}: Stoppable): void {
  const as = (email: string, gateway?: InstalledProcess) => {
    const { stack: addresses, home } = stack();
    const api = gateway?.port === undefined ? addresses.api : `http://127.0.0.1:${gateway.port}`;
    return signIn({ stack: { ...addresses, api }, home }, `${email}@varloom.test`);
  };
  const tokenOf = (email: string) => {
    const { stack: addresses, home } = stack();
    const localSecret = keptSecret(openHome(home).secrets, 'issuer-local-secret');
    return localToken({ issuer: addresses.issuer, localSecret }, `${email}@varloom.test`);
  };
  /** A request that the gateway has begun to handle, and whose body it waits for. */
  const hold = async (gateway: InstalledProcess, who: string, path: string, content: unknown): Promise<HeldRequest> => {
    const body = JSON.stringify(content);
    const held = request({
      host: '127.0.0.1',
      port: gateway.port,
      method: 'POST',
      path,
      agent: false,
      headers: {
        Authorization: `Bearer ${await tokenOf(who)}`,
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(body),
        'Idempotency-Key': randomUUID(),
        Expect: '100-continue',
      },
    });
    const answered = new Promise<IncomingMessage>((resolve, reject) =>
      held.once('response', resolve).once('error', reject),
    );
    await new Promise<void>((resolve, reject) => {
      held.once('continue', resolve);
      answered.catch(reject);
      held.flushHeaders();
    });
    return {
      async finish() {
        held.end(body);
        const answer = await answered;
        const chunks = await Array.fromAsync(answer);
        const text = Buffer.concat(chunks.map((chunk) => Buffer.from(chunk))).toString('utf8');
        return { status: answer.statusCode, body: z.record(z.string(), z.unknown()).parse(JSON.parse(text)) };
      },
    };
  };
  const endsWell = async (stopped: ReturnType<InstalledProcess['stop']>) => {
    const { code, seconds } = await stopped;
    expect(code).toBe(0);
    expect(seconds).toBeLessThan(stopLimitSeconds);
  };
  const isDeaf = async (gateway: InstalledProcess) =>
    fetch(`http://127.0.0.1:${gateway.port}/health`).then(
      () => false,
      () => true,
    );

  it('an upload that a gateway has announced goes on when that gateway is stopped', async () => {
    const gateway = await startGateway();
    const content = small();
    const held = await hold(gateway, 'premium', '/uploads', { file_name: 'sample.vcf', size_bytes: content.length });
    const stopped = gateway.stop();
    await expect.poll(() => isDeaf(gateway)).toBe(true);
    const { status, body } = await held.finish();
    expect(status).toBe(201);
    await endsWell(stopped);
    // What it gave out counts without it.
    const premium = await as('premium');
    const inputFile = await premium.send(body, content);
    expect(await premium.ended(await premium.annotate(inputFile))).toMatchObject({ job_status: 'COMPLETED' });
  });

  uploadsOutliveTheirGateway({ api: () => stack().stack.api, directory, genome, startGateway, as, endsWell });

  it('a gateway finishes the submission that it has begun, and takes no other', async () => {
    const gateway = await startGateway();
    const premium = await as('premium', gateway);
    const inputFile = await premium.upload('sample.vcf', small());
    const held = await hold(gateway, 'premium', '/annotations', { input_file: inputFile });
    const stopped = gateway.stop();
    await expect.poll(() => isDeaf(gateway)).toBe(true);
    const { status, body } = await held.finish();
    expect(status).toBe(201);
    await endsWell(stopped);
    const whole = await as('premium');
    expect(await whole.ended(z.string().parse(body['job_id']))).toMatchObject({ job_status: 'COMPLETED' });
  });

  it('a long annotation goes to another worker, and its stream ends so that the page asks again', async () => {
    const path = join(directory(), 'large.vcf');
    await writeManyVariants(path, genome, 3_000_000);
    await run('bgzip', ['-f', path]);
    const gateway = await startGateway();
    const [premium, watching] = [await as('premium'), await as('premium', gateway)];
    const inputFile = await premium.upload('large.vcf.gz', await readFile(`${path}.gz`));
    // The only engine there is has it; the one that will take it over comes while it works.
    const { engine } = serving();
    const id = await premium.annotate(inputFile, { consequence_mode: 'local' });
    for await (const event of watching.events(id)) if (event.progress.records > 10_000) break;
    const another = await startWorker('engine');
    // A stream that was broken off, and not ended, throws here.
    const rest = Array.fromAsync(watching.events(id));
    await expect.poll(() => watching.job(id).then(({ job_status }) => job_status)).toBe('RUNNING');
    const [gatewayStopped, workerStopped] = [gateway.stop(), engine.stop()];
    await Promise.all([endsWell(gatewayStopped), endsWell(workerStopped)]);
    expect((await rest).every((event) => event.job_status === 'RUNNING')).toBe(true);
    // Who watches asks another gateway, and hears how it goes on.
    const heard = await Array.fromAsync(premium.events(id));
    expect(heard.at(-1)).toMatchObject({ job_status: 'COMPLETED' });
    expect(await premium.ended(id)).toMatchObject({ job_status: 'COMPLETED', summary: { records: 3_000_000 } });
    const hasAnnotated = ({ output }: InstalledProcess) =>
      output()
        .split('\n')
        .some((line) => line.includes('"msg":"annotated"') && line.includes(id));
    expect([engine, another].map(hasAnnotated)).toEqual([false, true]);
    await endsWell(another.stop());
    await startWorker('engine');
  });

  it('a decision under way is taken once, and answered', async () => {
    const [premium, admin] = [await as('premium'), await as('admin')];
    const jobId = await premium.annotate(await premium.upload('reviewed.vcf', small()));
    await premium.ended(jobId);
    const made = async (who: typeof premium, path: string, content: unknown, name: string) => {
      const { status, body } = await who.call('POST', path, content);
      expect({ path, status }).toEqual({ path, status: 201 });
      return z.string().parse(body[name]);
    };
    const sample = await made(premium, '/samples', { barcode: `S-${randomUUID()}`, job_id: jobId }, 'sample_id');
    const partner = await made(admin, '/partners', { name: `Partner ${randomUUID()}` }, 'partner_id');
    const ids = { partner_id: partner, sample_ids: [sample] };
    const delivery = await made(premium, '/deliveries', ids, 'delivery_id');
    const tech = await as('tech');
    const waiting = async () => {
      const { body } = await tech.call('GET', '/reviews');
      const { reviews } = z
        .object({ reviews: z.array(z.object({ sample_id: z.string(), result_checksum: z.string() })) })
        .parse(body);
      return reviews.find(({ sample_id }) => sample_id === sample)?.result_checksum;
    };
    await expect.poll(waiting).toBeTypeOf('string');
    const decision = { level: 'technical', decision: 'accept', result_checksum: await waiting() };

    const [gateway, another] = [await startGateway(), await startWorker('orchestration')];
    const held = await hold(gateway, 'tech', `/deliveries/${delivery}/samples/${sample}/decisions`, decision);
    const answered = held.finish();
    const stopped = [gateway.stop(), serving().orchestration.stop()];
    const { status, body } = await answered;
    expect({ status, level: body['level'] }).toEqual({ status: 200, level: 'licensed' });
    await Promise.all(stopped.map((one) => endsWell(one)));
    const { body: after } = await premium.call('GET', `/deliveries/${delivery}`);
    const { samples } = z
      .object({ samples: z.array(z.object({ decisions: z.array(z.object({ level: z.string() })) })) })
      .parse(after);
    expect(samples[0]?.decisions.map(({ level }) => level)).toEqual(['technical']);
    await endsWell(another.stop());
  });
}
