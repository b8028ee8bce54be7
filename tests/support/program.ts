// A program that uses a running stack over its public API: as one of the seeded users, as somebody new, or with a token of
// its own.

import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { importJWK, SignJWT } from 'jose';
import { z } from 'zod';
import { keptSecret, openHome, readJson } from '../../infra/local/home.ts';
import { issuerSettings } from '../../infra/local/issuer-settings.ts';
import { localToken } from '../../infra/local/services/issuer.ts';
import { job, jobEvent, type Job, type JobEvent } from '../../domain/http.ts';
import type { StackFile } from '../../infra/local/stack-file.ts';

const envelope = z.looseObject({ code: z.int(), status: z.string() });
const submitted = z.object({ job_id: z.uuid() });
const announced = z.object({
  input_file: z.string(),
  upload: z.object({ url: z.string(), fields: z.record(z.string(), z.string()) }),
});

export interface Answer {
  status: number;
  body: Record<string, unknown>;
}

/** What a request is to be answered with. */
export interface Expected<T> {
  /** 200 unless given. */
  status?: number;
  shape: z.ZodType<T>;
}

export interface Program {
  /** @throws Error that says what was asked and answered, when that is no answer of the API */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** The same, when only one answer will do. @throws Error that says what was asked and answered, when it is another */
  ask<T>(
    method: string,
    path: string,
    expected: Expected<T>,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<T>;
  /** Uploads a file through the presigned form; answers its `input_file`. */
  upload(fileName: string, content: Buffer): Promise<string>;
  /** The second half of `upload`: sends the file as the answer of `POST /uploads` says. */
  send(announcement: unknown, content: Buffer): Promise<string>;
  /** Submits an upload; answers the job's id. */
  annotate(inputFile: string, request?: Record<string, unknown>): Promise<string>;
  job(id: string): Promise<Job>;
  /** The job's events as they come, until the job ends or the caller stops. */
  events(id: string): AsyncGenerator<JobEvent>;
  /** Waits until the job has ended. */
  ended(id: string): Promise<Job>;
}

export interface RunningStack {
  stack: Pick<StackFile, 'api' | 'issuer'>;
  home: string;
}

export async function signIn({ stack: { api, issuer }, home }: RunningStack, email: string): Promise<Program> {
  const localSecret = keptSecret(openHome(home).secrets, 'issuer-local-secret');
  return programWith(await localToken({ issuer, localSecret }, email), api);
}

/** Somebody whom the stack has not seen before, on the Free plan. */
export async function signUp(
  { stack: { api }, home }: RunningStack,
  name: string,
): Promise<{ program: Program; email: string }> {
  const email = `${name}-${randomUUID()}@varloom.test`;
  // The issuer knows the seeded users alone: this is the token that it would give somebody else.
  const kept = issuerSettings.parse(readJson(join(openHome(home).secrets, 'issuer-settings.json')));
  const { issuer, audience, signingKeys } = kept;
  const [key] = signingKeys;
  if (!key) throw new Error('the issuer has no key');
  const token = await new SignJWT({ email, email_verified: true, name })
    .setProtectedHeader({ alg: 'RS256', kid: key.kid, typ: 'at+jwt' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(randomUUID())
    .setIssuedAt()
    .setExpirationTime('1 hour')
    .sign(await importJWK(key, 'RS256'));
  return { program: programWith(token, api), email };
}

/** With an access token, an API key, or a partner's service token. */
export function programWith(token: string, api: string): Program {
  const authorization = { Authorization: `Bearer ${token}` };

  const program: Program = {
    async call(method, path, body, headers = {}) {
      const asked = fetch(api + path, {
        method,
        headers: { ...authorization, Accept: 'application/json', 'Content-Type': 'application/json', ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const { status, text } = await asked
        .then(async (answer) => ({ status: answer.status, text: await answer.text() }))
        .catch((error: unknown) => {
          throw new Error(`${method} ${path}: no answer: ${reasonOf(error)}`, { cause: error });
        });
      try {
        return { status, body: envelope.parse(JSON.parse(text)) };
      } catch {
        // A proxy's.
        throw new Error(`${method} ${path}: ${status} ${text}`);
      }
    },

    async ask(method, path, { status: expected = 200, shape }, body, headers) {
      const answer = await program.call(method, path, body, headers);
      const parsed = answer.status === expected ? shape.safeParse(answer.body) : undefined;
      if (parsed?.success) return parsed.data;
      const why = parsed ? ` (${parsed.error.message})` : '';
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}${why}`);
    },

    async upload(fileName, content) {
      const announcement = { file_name: fileName, size_bytes: content.length };
      return program.send(
        await program.ask('POST', '/uploads', { status: 201, shape: announced }, announcement),
        content,
      );
    },

    async send(announcement, content) {
      const { upload, input_file } = announced.parse(announcement);
      const form = new FormData();
      for (const [name, value] of Object.entries(upload.fields)) form.append(name, value);
      form.append('file', new Blob([new Uint8Array(content)]));
      const sent = await fetch(upload.url, { method: 'POST', body: form });
      if (!sent.ok) throw new Error(`the store refused the upload: ${sent.status} ${await sent.text()}`);
      return input_file;
    },

    async annotate(inputFile, request = {}) {
      const expected = { status: 201, shape: submitted };
      return (await program.ask('POST', '/annotations', expected, { input_file: inputFile, ...request })).job_id;
    },

    async job(id) {
      return program.ask('GET', `/annotations/${id}`, { shape: job });
    },

    async *events(id) {
      const answer = await fetch(`${api}/annotations/${id}/events`, { headers: authorization });
      if (!answer.body) throw new Error(`no events: ${answer.status}`);
      let rest = '';
      for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
        const blocks = (rest + chunk).split('\n\n');
        rest = blocks.pop() ?? '';
        for (const block of blocks) {
          const data = /^event: job\ndata: (.*)$/m.exec(block)?.[1];
          if (data) yield jobEvent.parse(JSON.parse(data));
        }
      }
    },

    async ended(id) {
      for await (const event of program.events(id)) if (event.completed_at !== null) break;
      return program.job(id);
    },
  };
  return program;
}

/** fetch says only that it failed; why, its cause says. */
const reasonOf = (error: unknown): string =>
  error instanceof Error && error.cause !== undefined ? reasonOf(error.cause) : String(error);
