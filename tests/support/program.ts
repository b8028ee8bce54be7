// A program that uses a running stack over its public API, as one of the seeded users.

import { z } from 'zod';
import { keptSecret, openHome } from '../../infra/local/home.ts';
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

export interface Program {
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
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
  const token = await localToken({ issuer, localSecret }, email);
  const authorization = { Authorization: `Bearer ${token}` };

  const program: Program = {
    async call(method, path, body, headers = {}) {
      const answer = await fetch(api + path, {
        method,
        headers: { ...authorization, Accept: 'application/json', 'Content-Type': 'application/json', ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: answer.status, body: envelope.parse(await answer.json()) };
    },

    async upload(fileName, content) {
      const { body } = await program.call('POST', '/uploads', { file_name: fileName, size_bytes: content.length });
      return program.send(body, content);
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
      const { body } = await program.call('POST', '/annotations', { input_file: inputFile, ...request });
      return submitted.parse(body).job_id;
    },

    async job(id) {
      return job.parse((await program.call('GET', `/annotations/${id}`)).body);
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
