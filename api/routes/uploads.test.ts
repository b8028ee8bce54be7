// Uploads as programs and pages make them: the form is really posted to the store, which refuses what was not allowed.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FREE_LIMIT_BYTES, startTestGateway, type TestGateway, type TestUser } from '../../tests/support/gateway.ts';
import { addReference, announce, post, uploaded, VCF, type Form } from '../../tests/support/gateway-steps.ts';

let gateway: TestGateway;
let user: TestUser;
let premium: TestUser;
beforeAll(async () => {
  gateway = await startTestGateway();
  await addReference(gateway, 'demo');
  [user, premium] = await Promise.all([gateway.user(), gateway.user({ plan: 'premium' })]);
});
afterAll(() => gateway.close());

const filesOf = async (who: TestUser) => (await who.token('GET', '/annotate/files')).body['files'];

describe('POST /uploads', () => {
  it('answers a form that names an opaque key, its expiry, the ACL and nothing of the file', async () => {
    const answer = await user.token('POST', '/uploads', { body: { file_name: 'patient Smith.vcf', size_bytes: 100 } });
    expect(answer).toMatchObject({ status: 201, body: { code: 201, status: 'success' } });
    const { input_file, upload } = answer.body as unknown as Form;
    expect(input_file).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(upload.fields).toMatchObject({ key: input_file, acl: 'bucket-owner-full-control' });
    const policy = JSON.parse(Buffer.from(upload.fields['Policy'] ?? '', 'base64').toString()) as {
      expiration: string;
      conditions: unknown[];
    };
    expect(policy.conditions).toEqual(
      expect.arrayContaining([
        ['content-length-range', 0, FREE_LIMIT_BYTES],
        { key: input_file },
        { acl: 'bucket-owner-full-control' },
        { bucket: gateway.settings.S3_INPUTS_BUCKET },
      ]),
    );
    expect(JSON.stringify([upload, policy])).not.toContain('Smith');
    const lifeSeconds = (Date.parse(upload.expires_at) - Date.now()) / 1000;
    expect(lifeSeconds).toBeGreaterThan(880);
    expect(lifeSeconds).toBeLessThanOrEqual(900);
    expect(Math.abs(Date.parse(policy.expiration) - Date.parse(upload.expires_at))).toBeLessThan(2000);
  });

  it.for([
    ['an unknown field', { file_name: 'a.vcf', genom: 'demo' }, 422, 'invalid_request', 'genom'],
    ['no file name', {}, 422, 'invalid_request', 'file_name'],
    ['an empty file name', { file_name: '' }, 422, 'invalid_request', 'file_name'],
    ['a file name with NUL', { file_name: 'a\u0000.vcf' }, 422, 'invalid_request', 'file_name'],
    ['a negative size', { file_name: 'a.vcf', size_bytes: -1 }, 422, 'invalid_request', 'size_bytes'],
    ['a fractional size', { file_name: 'a.vcf', size_bytes: 1.5 }, 422, 'invalid_request', 'size_bytes'],
    ['a size as text', { file_name: 'a.vcf', size_bytes: '10' }, 422, 'invalid_request', 'size_bytes'],
    ['a genome that is a path', { file_name: 'a.vcf', genome: '../x' }, 422, 'invalid_request', 'genome'],
    ['a genome that is not installed', { file_name: 'a.vcf', genome: 'hg19' }, 422, 'genome_not_found', 'genome'],
    ['an array', [], 422, 'invalid_request', 'json'],
  ] as const)('refuses %s', async ([, body, status, type, field]) => {
    const answer = await user.token('POST', '/uploads', { body });
    expect(answer).toMatchObject({ status, error: { type }, body: { code: status, status: 'error' } });
    expect(Object.keys(answer.error?.details ?? {})).toContain(field);
    expect(answer.error?.request_id).toBe(answer.headers.get('X-Request-Id'));
  });

  it('refuses a body that is not JSON, as the caller’s mistake', async () => {
    const answer = await user.token('POST', '/uploads', { body: '{"file_name":' });
    expect(answer).toMatchObject({ status: 400, error: { type: 'bad_request' } });
    const form = await user.token('POST', '/uploads', {
      body: 'file_name=a',
      headers: { 'Content-Type': 'text/plain' },
    });
    expect(form.status).toBeGreaterThanOrEqual(400);
    expect(form.status).toBeLessThan(500);
  });

  it('tells the limit and where to upgrade before anything is sent', async () => {
    const body = { file_name: 'a.vcf', size_bytes: FREE_LIMIT_BYTES + 1 };
    expect(await user.token('POST', '/uploads', { body })).toMatchObject({
      status: 403,
      error: {
        type: 'upgrade_required',
        details: { limit_bytes: FREE_LIMIT_BYTES, upgrade_url: `${gateway.settings.PUBLIC_URL}/billing` },
      },
    });
    expect((await user.token('POST', '/uploads', { body: { ...body, size_bytes: FREE_LIMIT_BYTES } })).status).toBe(
      201,
    );
    expect((await premium.token('POST', '/uploads', { body })).status).toBe(201);
  });

  it('takes names that are hostile or long, and shows them unchanged', async () => {
    const who = await gateway.user();
    const names = ['../../etc/passwd', `"quoted' \\ <b>.vcf`, '🧬'.repeat(1000), 'a\r\nb: c.vcf'];
    for (const file_name of names) await uploaded(who.token, { file_name });
    const files = (await filesOf(who)) as { file_name: string }[];
    expect(files.map(({ file_name }) => file_name)).toEqual(names.toReversed());
  });
});

describe('the store', () => {
  it('takes what the form allows, up to the very limit', async () => {
    const form = await announce(user.token);
    expect((await post(form, 'x'.repeat(FREE_LIMIT_BYTES))).status).toBeLessThan(300);
    const stored = await gateway.dependencies.store.head({ bucket: 'inputs', key: form.input_file });
    expect(stored?.sizeBytes).toBe(FREE_LIMIT_BYTES);
  });

  it.for<[string, Record<string, string | undefined>, string]>([
    ['another key', { key: 'someone-elses' }, VCF],
    ['another ACL', { acl: 'public-read' }, VCF],
    ['no ACL', { acl: undefined }, VCF],
    ['a file above the limit', {}, 'x'.repeat(FREE_LIMIT_BYTES + 1)],
    ['an altered signature', { 'X-Amz-Signature': '0'.repeat(64) }, VCF],
    ['no signature', { 'X-Amz-Signature': undefined }, VCF],
    ['a redirect elsewhere', { success_action_redirect: 'http://elsewhere.test/' }, VCF],
  ])('refuses %s', async ([, changes, content]) => {
    const form = await announce(user.token);
    const answer = await post(form, content, changes);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    const { store } = gateway.dependencies;
    for (const key of [form.input_file, changes['key'] ?? form.input_file]) {
      expect(await store.head({ bucket: 'inputs', key })).toBeUndefined();
    }
  });

  it('refuses a form that has expired', async () => {
    const { presigner } = gateway.dependencies;
    const ref = { bucket: 'inputs', key: crypto.randomUUID() } as const;
    const upload = await presigner.postForm(ref, { limitBytes: 100, expirySeconds: -1 });
    const answer = await post({ input_file: ref.key, upload: { ...upload, expires_at: '' } });
    expect(answer.status).toBe(403);
  });
});

describe('GET /annotate/files', () => {
  it('shows what arrived though no notice came, newest first, and only the caller’s', async () => {
    const [who, other] = await Promise.all([gateway.user(), gateway.user()]);
    await announce(who.token, { file_name: 'never sent.vcf' });
    const first = await uploaded(who.token, { file_name: 'first.vcf' });
    const second = await uploaded(who.token, { file_name: 'second.vcf' });
    await uploaded(other.token, { file_name: 'not theirs.vcf' });
    expect(await filesOf(who)).toEqual([
      { input_file: second, file_name: 'second.vcf', size: VCF.length, uploaded_at: expect.any(String) as string },
      { input_file: first, file_name: 'first.vcf', size: VCF.length, uploaded_at: expect.any(String) as string },
    ]);
  });

  it('pages without repeating or losing a file', async () => {
    const who = await gateway.user();
    const sent: string[] = [];
    for (let i = 0; i < 5; i++) sent.push(await uploaded(who.token));
    await filesOf(who);
    const seen: string[] = [];
    let cursor = '';
    do {
      const { body } = await who.token('GET', `/annotate/files?limit=2${cursor}`);
      seen.push(...(body['files'] as { input_file: string }[]).map(({ input_file }) => input_file));
      cursor = typeof body['next'] === 'string' ? `&cursor=${body['next']}` : '';
    } while (cursor);
    expect(seen).toEqual(sent.toReversed());
  });
});

describe('large uploads', () => {
  it('are sent in parts, which the gateway puts together once', async () => {
    const request = { file_name: 'large.vcf', size_bytes: 5 * 1024 ** 3 + 1 };
    const answer = await premium.token('POST', '/uploads', { body: request });
    const { input_file, upload } = answer.body as unknown as {
      input_file: string;
      upload: { part_size: number; parts: { number: number; url: string }[]; complete_url: string };
    };
    expect(upload.parts.length).toBe(Math.ceil(request.size_bytes / upload.part_size));
    const sent = await fetch(upload.parts[0]?.url ?? '', { method: 'PUT', body: VCF });
    expect(sent.status).toBe(200);
    const path = new URL(upload.complete_url).pathname;
    const body = { parts: [{ number: 1, etag: sent.headers.get('ETag') ?? '' }] };
    expect((await user.token('POST', path, { body })).error?.type).toBe('input_not_found');
    const complete = await premium.token('POST', path, { body });
    expect(complete).toMatchObject({ status: 200, body: { input_file } });
    expect(await premium.token('POST', path, { body })).toMatchObject({ status: 200, body: { input_file } });
    expect(await filesOf(premium)).toMatchObject([{ input_file, size: VCF.length }]);
  });
});
