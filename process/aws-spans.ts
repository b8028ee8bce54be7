// A span for each attempt at a call of an AWS service: operation, host and status, and never a key, a signed address or what
// is sent.

import { inSpan } from './spans.ts';

/** Outside of what reads the answer, and inside of what tries again. */
export const AT_EACH_ATTEMPT = { step: 'deserialize', name: 'spanOfAttempt', priority: 'high' } as const;

/**
 * For the middleware of the clients of `@aws-sdk`, at `AT_EACH_ATTEMPT`. `service`: as AWS calls it (`S3`, `KMS`). Presigning
 * calls nobody, and leaves no span.
 */
export const spanOfAttempt =
  (service: string) =>
  <Args extends { request: unknown }, Answer extends { output?: unknown }>(
    next: (args: Args) => Promise<Answer>,
    { commandName }: { commandName?: string },
  ) =>
  (args: Args): Promise<Answer> => {
    const operation = String(commandName).replace(/Command$/, '');
    const attributes = { 'rpc.system': 'aws-api', 'rpc.service': service, 'rpc.method': operation, ...placeOf(args) };
    return inSpan({ name: `${service} ${operation}`, attributes }, async (span) => {
      const answer = await next(args).catch((error: unknown) => {
        span?.setAttributes(statusOf(error));
        throw error;
      });
      span?.setAttributes(statusOf(answer.output));
      return answer;
    });
  };

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
