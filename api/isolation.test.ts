// Whoever names another user's object learns nothing, at any endpoint, not even that it is there.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { workflowIds, type JobId } from '../domain/ids.ts';
import { startTestGateway, type Call, type TestGateway, type TestUser } from '../tests/support/gateway.ts';
import { addReference, completed, submitted, uploaded } from '../tests/support/gateway-steps.ts';

let gateway: TestGateway;
let owner: TestUser;
let callers: Record<string, Call>;
let objects: { complete: JobId; running: JobId; input: string; large: string; key: string; sample: string };
beforeAll(async () => {
  gateway = await startTestGateway();
  await addReference(gateway, 'demo');
  owner = await gateway.user({ plan: 'premium', laboratory: 'Of the owner' });
  const [stranger, admin] = await Promise.all([gateway.user(), gateway.user({ role: 'admin' })]);
  callers = {
    'another user’s page': stranger.session,
    'another user’s token': stranger.token,
    'another user’s API key': await stranger.withKey(),
    'an administrator': admin.token,
  };
  const request = { file_name: 'large.vcf', size_bytes: 6 * 1024 ** 3 };
  const complete = await completed(gateway, owner.token);
  const sample = { barcode: 'A barcode', job_id: complete, patient: { name: 'A patient' } };
  objects = {
    complete,
    sample: String((await owner.token('POST', '/samples', { body: sample })).body['sample_id']),
    running: await submitted(owner.token),
    input: await uploaded(owner.token),
    large: String((await owner.token('POST', '/uploads', { body: request })).body['input_file']),
    key: String((await owner.token('POST', '/api-keys', { body: { name: 'owner' } })).body['api_key_id']),
  };
});
afterAll(() => gateway.close());

type Request = [Parameters<Call>[0], (of: typeof objects) => string, ((of: typeof objects) => unknown)?];
const requests: Request[] = [
  ['GET', ({ complete }) => `/annotations/${complete}`],
  ['GET', ({ complete }) => `/annotations/${complete}/result`],
  ['GET', ({ complete }) => `/annotations/${complete}/index`],
  ['GET', ({ complete }) => `/annotations/${complete}/log`],
  ['GET', ({ complete }) => `/annotations/${complete}/provenance`],
  ['GET', ({ running }) => `/annotations/${running}/events`],
  ['DELETE', ({ running }) => `/annotations/${running}`],
  ['DELETE', ({ complete }) => `/annotations/${complete}/data`],
  ['PUT', ({ complete }) => `/annotations/${complete}/retention`, () => ({ retention_seconds: 0 })],
  ['POST', ({ complete }) => `/annotations/${complete}/restore`],
  ['POST', () => '/annotations', ({ input }) => ({ input_file: input })],
  ['POST', ({ large }) => `/uploads/${large}/complete`, () => ({ parts: [{ number: 1, etag: '"1"' }] })],
  ['DELETE', ({ key }) => `/api-keys/${key}`],
  ['GET', ({ sample }) => `/samples/${sample}`],
  ['DELETE', ({ sample }) => `/samples/${sample}/patient`],
];

it.for(requests)('%s %s', async ([method, path, body]) => {
  const request = body ? { body: body(objects) } : {};
  for (const [who, call] of Object.entries(callers)) {
    const answer = await call(method, path(objects), request);
    // A key cannot manage keys at all, nor read samples, whoever's they are.
    const isOutOfScope = who === 'another user’s API key' && /^\/(api-keys|samples)/.test(path(objects));
    expect([who, answer.status]).toEqual([who, isOutOfScope ? 403 : 404]);
    // The same words as for what does not exist.
    const invented = Object.fromEntries(Object.keys(objects).map((name) => [name, crypto.randomUUID()]));
    // The same names with other ids.
    const other = invented as typeof objects;
    const unknown = await call(method, path(other), body ? { body: body(other) } : {});
    expect([unknown.status, unknown.error?.type]).toEqual([answer.status, answer.error?.type]);
  }
});

it('leaves everything as it was', async () => {
  const job = await owner.token('GET', `/annotations/${objects.complete}`);
  expect(job.body).toMatchObject({ job_status: 'COMPLETED', result_state: 'live' });
  expect((await owner.token('GET', `/annotations/${objects.running}`)).body['job_status']).toBe('PENDING');
  expect((await owner.token('GET', '/api-keys')).body['api_keys']).toMatchObject([{ api_key_id: objects.key }]);
  const handle = gateway.temporal.workflow.getHandle(workflowIds.erasure(objects.complete));
  await expect(handle.describe()).rejects.toThrow(/not found/i);
});

it.for(['/annotations', '/annotate/files', '/api-keys', '/samples', '/organization'])(
  'lists nothing of others at %s',
  async (path) => {
    for (const [who, call] of Object.entries(callers)) {
      const text = JSON.stringify((await call('GET', path)).body);
      for (const id of Object.values(objects)) expect([who, text.includes(id)]).toEqual([who, false]);
    }
    expect((await owner.token('GET', path)).status).toBe(200);
  },
);

it.for(requests)('knows nobody who does not say who they are: %s %s', async ([method, path, body]) => {
  const answer = await gateway.anyone(method, path(objects), body ? { body: body(objects) } : {});
  expect(answer).toMatchObject({ status: 401, error: { type: 'unauthenticated' } });
});
