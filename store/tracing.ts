// A span for each attempt at a call of the store: operation, host and status, and never a key or a signed address.

import type { S3Client } from '@aws-sdk/client-s3';
import { inSpan } from '../process/spans.ts';

/** Presigning calls nobody, and leaves no span. */
export function traceCalls(client: S3Client): void {
  client.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        const operation = String(commandName).replace(/Command$/, '');
        const attributes = { 'rpc.system': 'aws-api', 'rpc.service': 'S3', 'rpc.method': operation, ...placeOf(args) };
        return inSpan({ name: `S3 ${operation}`, attributes }, async (span) => {
          const answer = await next(args).catch((error: unknown) => {
            span?.setAttributes(statusOf(error));
            throw error;
          });
          span?.setAttributes(statusOf(answer.output));
          return answer;
        });
      },
    // Outside of what reads the answer, and inside of what tries again.
    { step: 'deserialize', name: 'traceCalls', priority: 'high' },
  );
}

function placeOf({ request }: { request: unknown }): { 'server.address'?: string } {
  const isAddressed = typeof request === 'object' && request !== null && 'hostname' in request;
  return isAddressed && typeof request.hostname === 'string' ? { 'server.address': request.hostname } : {};
}

function statusOf(answer: unknown): { 'http.response.status_code'?: number } {
  if (typeof answer !== 'object' || answer === null || !('$metadata' in answer)) return {};
  const metadata: unknown = answer.$metadata;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return {};
  const { httpStatusCode: status } = metadata;
  return typeof status === 'number' ? { 'http.response.status_code': status } : {};
}
