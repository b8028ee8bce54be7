// The public API as a program uses it, as far as benchmarks need it.

import { z } from 'zod';

const CALL_LIMIT_MS = 60_000;

export interface PublicApi {
  upload(fileName: string, bytes: Uint8Array<ArrayBuffer>): Promise<string>;
  annotate(inputFile: string, genome: string): Promise<string>;
  /** Resolves with the status that the job ended with, as soon as the server's events tell it. */
  ended(jobId: string): Promise<string>;
  list(query: {
    limit: number;
    cursor?: string;
    job_status?: string;
  }): Promise<{ jobs: { job_id: string }[]; next: string | null }>;
}

const uploadAnswer = z.object({
  input_file: z.string(),
  upload: z.object({ url: z.string(), fields: z.record(z.string(), z.string()) }),
});
const submitAnswer = z.object({ job_id: z.string() });
const listAnswer = z.object({ jobs: z.array(z.object({ job_id: z.string() })), next: z.string().nullable() });
const jobEvent = z.object({ job_status: z.string() });

export function publicApi(api: string, token: string): PublicApi {
  const headers = { Authorization: `Bearer ${token}`, Accept: 'application/json', 'Content-Type': 'application/json' };

  async function call<T>(method: string, path: string, answer: z.ZodType<T>, body?: unknown): Promise<T> {
    const response = await fetch(api + path, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(CALL_LIMIT_MS),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return answer.parse(await response.json());
  }

  return {
    async upload(fileName, bytes) {
      const { input_file, upload } = await call('POST', '/uploads', uploadAnswer, {
        file_name: fileName,
        size_bytes: bytes.length,
      });
      const form = new FormData();
      for (const [name, value] of Object.entries(upload.fields)) form.append(name, value);
      form.append('file', new Blob([bytes]));
      const sent = await fetch(upload.url, { method: 'POST', body: form });
      if (!sent.ok) throw new Error(`the store refused an upload: ${sent.status} ${await sent.text()}`);
      return input_file;
    },

    annotate: async (inputFile, genome) =>
      (await call('POST', '/annotations', submitAnswer, { input_file: inputFile, genome })).job_id,

    async ended(jobId) {
      const response = await fetch(`${api}/annotations/${jobId}/events`, {
        headers,
        signal: AbortSignal.timeout(CALL_LIMIT_MS),
      });
      if (!response.ok || !response.body) throw new Error(`no events of job ${jobId}: ${response.status}`);
      let text = '';
      for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
        text += chunk;
        for (const [, data] of text.matchAll(/^event: job\ndata: (.*)\n\n/gm)) {
          const { job_status } = jobEvent.parse(JSON.parse(data ?? ''));
          if (['COMPLETED', 'FAILED', 'CANCELLED'].includes(job_status)) return job_status;
        }
      }
      throw new Error(`the events of job ${jobId} stopped before its end`);
    },

    list: (query) => {
      const parameters = new URLSearchParams(
        Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
      );
      return call('GET', `/annotations?${parameters.toString()}`, listAnswer);
    },
  };
}
