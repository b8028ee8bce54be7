// Samples through the API: who may make them, who sees the patient, what is refused, and what the audit log says.

import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { and, asc, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditLog, jobs, samples } from '../../db/schema/index.ts';
import type { JobId } from '../../domain/ids.ts';
import { ROLES, system, type Role } from '../../domain/principal.ts';
import { sample } from '../../domain/http.ts';
import { startTestGateway, type TestGateway, type TestUser } from '../../tests/support/gateway.ts';
import { addReference, completed, submitted } from '../../tests/support/gateway-steps.ts';

const PATIENT = {
  name: 'Planted Name',
  birth_date: '1999-12-31',
  sex: 'planted sex',
  medical_record_number: 'planted-mrn-7',
  contact: 'planted@contact.test',
  notes: 'planted notes: \u{1f9ec} "quoted"',
};

const READERS = ['technical', 'licensed', 'director', 'admin'] as const;

let gateway: TestGateway;
let staff: Record<Role, TestUser>;
let strangers: Record<Role, TestUser>;
let nobody: TestUser;
let job: JobId;
const asSystem = system('test');

const staffOf = async (laboratory: string) => {
  const entries = await Promise.all(
    ROLES.map(async (role) => [role, await gateway.user({ role, laboratory })] as const),
  );
  // One entry for each role.
  return Object.fromEntries(entries) as Record<Role, TestUser>;
};

beforeAll(async () => {
  gateway = await startTestGateway();
  await addReference(gateway, 'demo');
  [staff, strangers, nobody] = [await staffOf('Own'), await staffOf('Foreign'), await gateway.user()];
  job = await completed(gateway, staff.member.token);
});
afterAll(() => gateway.close());

const create = (who: TestUser, body: Record<string, unknown>) =>
  who.token('POST', '/samples', { body: { barcode: `B-${randomUUID()}`, job_id: job, ...body } });
const made = async (body: Record<string, unknown> = {}) => {
  const answer = await create(staff.member, body);
  expect(answer.status).toBe(201);
  return String(answer.body['sample_id']);
};
const auditOf = (action: string) =>
  gateway.database.write(asSystem, (tx) =>
    tx
      .select()
      .from(auditLog)
      .where(and(eq(auditLog.organizationId, staff.member.user.organizationId), eq(auditLog.action, action)))
      .orderBy(asc(auditLog.sequence)),
  );

describe('making a sample', () => {
  it.for(ROLES)('is allowed to the role %s, of any member’s job', async (role) => {
    const answer = await create(staff[role], { barcode: `of ${role}` });
    expect(answer.status).toBe(201);
    const { body } = await staff[role].session('GET', `/samples/${String(answer.body['sample_id'])}`);
    expect(body).toMatchObject({ barcode: `of ${role}`, job_id: job });
    expect(body['result_checksum']).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is refused in a personal organization, with what to do', async () => {
    const own = await completed(gateway, nobody.token);
    const answer = await create(nobody, { job_id: own });
    expect(answer).toMatchObject({ status: 403, error: { type: 'forbidden' } });
    expect(answer.error?.message).toContain('laboratory');
  });

  it('wants a job of the organization', async () => {
    for (const body of [{ job_id: randomUUID() }, { job_id: await completed(gateway, strangers.member.token) }]) {
      expect(await create(staff.admin, body)).toMatchObject({ status: 404, error: { type: 'not_found' } });
    }
  });

  it('wants a completed job with a live result', async () => {
    const running = await submitted(staff.member.token);
    expect(await create(staff.member, { job_id: running })).toMatchObject({
      status: 409,
      error: { type: 'result_not_ready' },
    });
    const moved = await completed(gateway, staff.member.token);
    const change = (to: Partial<typeof jobs.$inferInsert>) =>
      gateway.database.write(asSystem, (tx) => tx.update(jobs).set(to).where(eq(jobs.jobId, moved)));
    for (const resultState of ['archiving', 'archived', 'restoring', 'deleted'] as const) {
      const isKept = resultState === 'archived' || resultState === 'restoring';
      await change({ resultState, resultsFileArchiveId: isKept ? 'archive/1' : null });
      expect(await create(staff.member, { job_id: moved })).toMatchObject({
        status: 409,
        error: { type: 'result_not_live', details: { result_state: resultState } },
      });
    }
    await change({ resultState: 'live', eraseRequestedAt: new Date() });
    expect((await create(staff.member, { job_id: moved })).error?.type).toBe('result_not_live');
    await change({ resultState: null, eraseRequestedAt: null, status: 'FAILED', resultExpiresAt: null });
    expect((await create(staff.member, { job_id: moved })).error?.type).toBe('result_not_live');
  });

  it('wants a barcode that no other sample of the organization has, and does not repeat it', async () => {
    const barcode = `taken ${randomUUID()}`;
    await made({ barcode });
    const again = await create(staff.admin, { barcode, patient: PATIENT });
    expect(again).toMatchObject({ status: 409, error: { type: 'barcode_taken' } });
    expect(JSON.stringify(again.body)).not.toContain(barcode);
    const theirs = await completed(gateway, strangers.member.token);
    expect((await create(strangers.member, { barcode, job_id: theirs })).status).toBe(201);
  });

  it('lets one of two win that come at once with one barcode', async () => {
    const barcode = `raced ${randomUUID()}`;
    const answers = await Promise.all([create(staff.member, { barcode }), create(staff.technical, { barcode })]);
    expect(answers.map(({ status }) => String(status)).toSorted()).toEqual(['201', '409']);
  });

  it.for<[string, Record<string, unknown>]>([
    ['no barcode', { barcode: undefined }],
    ['an empty barcode', { barcode: '' }],
    ['a barcode with blanks around', { barcode: ' b ' }],
    ['a barcode with NUL', { barcode: 'a\u0000b' }],
    ['a long barcode', { barcode: 'b'.repeat(201) }],
    ['a job that is no id', { job_id: 'x' }],
    ['an unknown field', { barcodes: 'x' }],
    ['an unknown field of the patient', { patient: { name: 'a', shoe_size: '43' } }],
    ['a patient without fields', { patient: {} }],
    ['a field that is no text', { patient: { birth_date: 19991231 } }],
    ['a field that is too long', { patient: { name: 'n'.repeat(501) } }],
  ])('refuses %s', async ([, body]) => {
    const answer = await create(staff.member, body);
    expect(answer).toMatchObject({ status: 422, error: { type: 'invalid_request' } });
  });
});

describe('a sample', () => {
  it.for(READERS)('shows the patient to the role %s, and the audit log has who read which fields', async (role) => {
    const id = await made({ patient: PATIENT });
    const before = (await auditOf('patient.read')).length;
    const { status, body } = await staff[role].token('GET', `/samples/${id}`);
    expect(status).toBe(200);
    const { code: _code, status: _status, ...shown } = body;
    expect(sample.strict().parse(shown)).toMatchObject({ sample_id: id, patient: PATIENT });
    const readings = (await auditOf('patient.read')).slice(before);
    expect(readings).toMatchObject([
      {
        actor: `user:${staff[role].user.userId}`,
        entity: 'patient',
        details: { purpose: 'sample view', fields: Object.keys(PATIENT).toSorted() },
      },
    ]);
  });

  it('does not show the patient to a member without a role, nor read it', async () => {
    const id = await made({ patient: PATIENT });
    const before = (await auditOf('patient.read')).length;
    const { status, body } = await staff.member.token('GET', `/samples/${id}`);
    expect(status).toBe(200);
    expect(JSON.stringify(body)).not.toContain('lanted');
    expect(await auditOf('patient.read')).toHaveLength(before);
  });

  it('has the fields that were given, and no others', async () => {
    const id = await made({ patient: { notes: 'only this' } });
    expect((await staff.director.token('GET', `/samples/${id}`)).body['patient']).toEqual({ notes: 'only this' });
    expect((await staff.director.token('GET', `/samples/${await made()}`)).body).not.toHaveProperty('patient');
  });

  it('is listed without its patient, a page at a time, newest first', async () => {
    const ids = [await made({ patient: PATIENT }), await made(), await made({ patient: PATIENT })];
    const first = await staff.admin.token('GET', '/samples?limit=2');
    const second = await staff.admin.token('GET', `/samples?limit=1&cursor=${String(first.body['next'])}`);
    const rows = [first, second].flatMap(({ body }) => body['samples'] as { sample_id: string }[]);
    expect(rows.map(({ sample_id }) => sample_id)).toEqual(ids.toReversed());
    expect(JSON.stringify(rows)).not.toContain('lanted');
  });

  it('is not there for other organizations, whatever the role', async () => {
    const id = await made({ patient: PATIENT });
    for (const who of [...Object.values(strangers), nobody]) {
      for (const [method, path] of [
        ['GET', (sample: string) => `/samples/${sample}`],
        ['DELETE', (sample: string) => `/samples/${sample}/patient`],
      ] as const) {
        const answer = await who.token(method, path(id));
        const unknown = await who.token(method, path(randomUUID()));
        expect(answer).toMatchObject({ status: 404, error: { type: 'not_found' } });
        expect([unknown.status, unknown.error?.type]).toEqual([answer.status, answer.error?.type]);
      }
      expect(JSON.stringify((await who.token('GET', '/samples')).body)).not.toContain(id);
    }
    expect((await staff.admin.token('GET', `/samples/${id}`)).body['patient']).toEqual(PATIENT);
  });

  it('is nothing for an API key, and nobody', async () => {
    const id = await made();
    const key = await staff.admin.withKey();
    for (const call of [key, gateway.anyone]) {
      const status = call === key ? 403 : 401;
      expect((await call('GET', `/samples/${id}`)).status).toBe(status);
      expect((await call('GET', '/samples')).status).toBe(status);
      expect((await call('POST', '/samples', { body: { barcode: 'b', job_id: job } })).status).toBe(status);
      expect((await call('DELETE', `/samples/${id}/patient`)).status).toBe(status);
    }
  });

  it('says that its key service does not answer', async () => {
    const id = await made({ patient: PATIENT });
    const keys = gateway.dependencies.patientKeys;
    const { unwrap } = keys;
    keys.unwrap = async () => {
      throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    };
    try {
      expect((await staff.admin.token('GET', `/samples/${id}`)).error?.type).toBe('unavailable');
    } finally {
      keys.unwrap = unwrap;
    }
  });
});

it('in an emergency somebody whom the command appoints reads the patient, the log has each step, and it ends at once', async () => {
  const id = await made({ patient: PATIENT });
  const helper = await gateway.user({ email: `helping.${randomUUID()}@varloom.test` });
  expect((await helper.session('GET', `/samples/${id}`)).status).toBe(404);

  const { DATABASE_URL } = gateway.settings;
  const command = ['db/found-laboratory.ts', 'Own', helper.user.email];
  await promisify(execFile)(process.execPath, command, { env: { ...process.env, DATABASE_URL } });
  expect((await helper.session('GET', `/samples/${id}`)).body['patient']).toEqual(PATIENT);
  expect((await auditOf('user.joined')).at(-1)).toMatchObject({
    actor: 'system:laboratory-cli',
    entityId: helper.user.userId,
    details: { role: 'admin' },
  });
  expect((await auditOf('patient.read')).at(-1)).toMatchObject({ actor: `user:${helper.user.userId}` });

  const end = await staff.admin.session('DELETE', `/organization/members/${helper.user.userId}`);
  expect(end.status).toBe(200);
  expect((await helper.session('GET', `/samples/${id}`)).status).toBe(401);
  expect((await auditOf('user.left')).at(-1)).toMatchObject({ entityId: helper.user.userId });
});

describe('erasing the patient', () => {
  it.for(['director', 'admin'] as const)('is for the role %s', async (role) => {
    const id = await made({ patient: PATIENT });
    expect((await staff[role].token('DELETE', `/samples/${id}/patient`)).status).toBe(200);
    const { body } = await staff.admin.token('GET', `/samples/${id}`);
    expect(body).not.toHaveProperty('patient');
    expect(Date.parse(String(body['patient_erased_at']))).toBeLessThanOrEqual(Date.now());
    // Again, and nothing more is recorded.
    expect((await staff[role].token('DELETE', `/samples/${id}/patient`)).status).toBe(200);
    const [row] = await gateway.database.write(asSystem, (tx) =>
      tx.select().from(samples).where(eq(samples.sampleId, id)),
    );
    const erasures = (await auditOf('patient.erased')).filter(({ entityId }) => entityId === row?.patientId);
    expect(erasures).toMatchObject([
      { actor: `user:${staff[role].user.userId}`, details: { fields: Object.keys(PATIENT).toSorted() } },
    ]);
  });

  it.for(['member', 'technical', 'licensed'] as const)('is not for the role %s', async (role) => {
    const id = await made({ patient: PATIENT });
    const answer = await staff[role].token('DELETE', `/samples/${id}/patient`);
    expect(answer).toMatchObject({ status: 403, error: { type: 'forbidden' } });
    expect((await staff.admin.token('GET', `/samples/${id}`)).body['patient']).toEqual(PATIENT);
  });

  it('is 404 where there never was one', async () => {
    expect((await staff.director.token('DELETE', `/samples/${await made()}/patient`)).status).toBe(404);
  });
});
