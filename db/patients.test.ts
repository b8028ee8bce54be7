// Patient data at rest: nothing of it is in clear in any row, nothing that was moved or altered can be read, and what was
// erased stays unreadable for who kept a copy of the rows.

import { createSecretKey, randomBytes, randomUUID, type KeyObject } from 'node:crypto';
import { and, asc, eq } from 'drizzle-orm';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PATIENT_FIELDS, type PatientFields } from '../domain/patients.ts';
import { system } from '../domain/principal.ts';
import { createKeyFileService } from '../kms/key-file.ts';
import { KeyRefused, type KeyService } from '../kms/key-service.ts';
import { ownDatabase, type OwnDatabase } from '../tests/support/own-database.ts';
import type { Database } from './client.ts';
import { principalOf, registerUser, type UserPrincipal } from './identity.ts';
import { erasePatient, readPatient, savePatient } from './patients.ts';
import { auditLog, patientFields, patients } from './schema/index.ts';

let own: OwnDatabase;
let database: Database;
let owner: postgres.Sql;
let reader: UserPrincipal;
let stranger: UserPrincipal;
let keys: KeyService;
const asSystem = system('test');
const newKey = () => createSecretKey(randomBytes(32));
const keysOf = (active: string, known: Record<string, KeyObject>) =>
  createKeyFileService(active, new Map(Object.entries(known)));

beforeAll(async () => {
  own = await ownDatabase();
  ({ database } = own);
  owner = postgres(own.ownerUrl, { max: 1, onnotice: () => {} });
  const register = async () => {
    const subject = randomUUID();
    return principalOf(
      await registerUser(database, { issuer: 'http://issuer.test', subject, email: 'x@varloom.test' }),
    );
  };
  [reader, stranger] = [await register(), await register()];
  keys = keysOf('first', { first: newKey() });
});
afterAll(async () => {
  await owner.end();
  await own.close();
});

let planted = 0;
/** Every field with a value that is nowhere else. */
const plant = (): Required<PatientFields> => {
  planted += 1;
  // One entry for each field.
  return Object.fromEntries(
    PATIENT_FIELDS.map((field) => [field, `planted ${field} ${planted}`]),
  ) as Required<PatientFields>;
};
const save = (fields: PatientFields, by = reader, with_ = keys) => savePatient(database, by, with_, fields);
const read = (id: string, by = reader, with_ = keys) => readPatient(database, by, with_, id, 'sample view');
const rowsOf = (id: string) =>
  database.write(asSystem, (tx) =>
    tx.select().from(patientFields).where(eq(patientFields.patientId, id)).orderBy(asc(patientFields.field)),
  );
const auditOf = (id: string, action: string) =>
  database.write(asSystem, (tx) =>
    tx
      .select()
      .from(auditLog)
      .where(and(eq(auditLog.entityId, id), eq(auditLog.action, action))),
  );
const changeField = (id: string, field: string, to: Partial<typeof patientFields.$inferInsert>) =>
  database.write(asSystem, (tx) =>
    tx
      .update(patientFields)
      .set(to)
      .where(and(eq(patientFields.patientId, id), eq(patientFields.field, field))),
  );
const changePatient = (id: string, to: Partial<typeof patients.$inferInsert>) =>
  database.write(asSystem, (tx) => tx.update(patients).set(to).where(eq(patients.patientId, id)));
const keyOf = async (id: string) => {
  const [row] = await database.write(asSystem, (tx) => tx.select().from(patients).where(eq(patients.patientId, id)));
  return { wrappedKey: row?.wrappedKey ?? null, keyId: row?.keyId ?? '' };
};

describe('a patient', () => {
  it('is read as it was saved', async () => {
    const [whole, part] = [plant(), { name: 'Ünïcode \u{1f9ec}' }];
    expect(await read(await save(whole))).toEqual({ state: 'readable', fields: whole });
    expect(await read(await save(part))).toEqual({ state: 'readable', fields: part });
  });

  it('is in no row in clear, nor in base64: 20 planted values in a dump of every table', async () => {
    const values: string[] = [];
    const keep: string[] = [];
    for (let patient = 0; patient < 4; patient += 1) {
      const fields = plant();
      values.push(...Object.values(fields));
      const id = await save(fields);
      await read(id);
      await (patient === 0 ? erasePatient(database, reader, id) : keep.push(id));
    }
    expect(values.length).toBeGreaterThanOrEqual(20);
    const tables = await owner<{ name: string }[]>`
      select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema')`;
    let dump = '';
    for (const { name } of tables) {
      const rows = await owner.begin(async (tx) => {
        // Row-level security binds the owner too.
        await tx`select set_config('varloom.principal_kind', 'system', true)`;
        return tx.unsafe<{ row: string }[]>(`select t::text as row from ${name} t`);
      });
      dump += rows.map(({ row }) => `${name} ${row}\n`).join('');
    }
    // The dump has what it should have.
    for (const id of keep) expect(dump).toMatch(new RegExp(`^patient\\.fields \\(${id}`, 'm'));
    expect(dump).toContain('patient.read');
    const base64 = (text: string) =>
      Buffer.from(text)
        .toString('base64')
        .replace(/.{0,2}=*$/, '');
    expect(values.filter((value) => dump.includes(value) || dump.includes(base64(value)))).toEqual([]);
  });

  it('has a data key of its own, and the same value is sealed differently each time', async () => {
    const fields = { name: 'the same', contact: 'the same' };
    const ids = [await save(fields), await save(fields)];
    const sealed = (await Promise.all(ids.map(rowsOf))).flat().map((row) => row.sealed);
    expect(new Set(sealed).size).toBe(4);
    const wrapped = await Promise.all(ids.map(keyOf));
    const [one, other] = await Promise.all(
      ids.map((patient_id, i) =>
        keys.unwrap(
          { keyId: 'first', wrapped: wrapped[i]?.wrappedKey ?? '' },
          { patient_id, organization_id: reader.organizationId },
        ),
      ),
    );
    expect(one).toHaveLength(32);
    expect(one).not.toEqual(other);
  });

  it('is not there for another organization, and no reading is recorded', async () => {
    const id = await save(plant());
    expect(await read(id, stranger)).toBeUndefined();
    await erasePatient(database, stranger, id);
    expect(await auditOf(id, 'patient.read')).toEqual([]);
    expect((await read(id))?.state).toBe('readable');
  });

  it('is not read without a record: a reading that cannot be recorded is none', async () => {
    const id = await save({ name: 'a', notes: 'b' });
    await read(id);
    const [entry] = await auditOf(id, 'patient.read');
    expect(entry).toMatchObject({
      actor: `user:${reader.userId}`,
      organizationId: reader.organizationId,
      details: { purpose: 'sample view', fields: ['name', 'notes'] },
    });
    const unrecordable: Database = {
      ...database,
      write: (principal, work) =>
        database.write(principal, async (tx) => {
          await work(tx);
          throw new Error('the commit failed');
        }),
    };
    let asked = false;
    const watching: KeyService = {
      ...keys,
      unwrap: (...of) => {
        asked = true;
        return keys.unwrap(...of);
      },
    };
    await expect(readPatient(unrecordable, reader, watching, id, 'sample view')).rejects.toThrow('the commit failed');
    expect(asked).toBe(false);
    expect(await auditOf(id, 'patient.read')).toHaveLength(1);
  });
});

describe('what was moved or altered', () => {
  const cannotBeOpened = /cannot be opened/;

  it('from column to column is not read', async () => {
    const id = await save(plant());
    const sealed = Object.fromEntries((await rowsOf(id)).map((row) => [row.field, row.sealed]));
    await changeField(id, 'notes', { sealed: sealed['name'] ?? '' });
    await expect(read(id)).rejects.toThrow(cannotBeOpened);
    await changeField(id, 'notes', { sealed: sealed['notes'] ?? '' });
    expect((await read(id))?.state).toBe('readable');
  });

  it('from patient to patient is not read, with the key or without it', async () => {
    const [from, to] = [await save(plant()), await save(plant())];
    const stolen = (await rowsOf(from)).find(({ field }) => field === 'name');
    await changeField(to, 'name', { sealed: stolen?.sealed ?? '' });
    await expect(read(to)).rejects.toThrow(cannotBeOpened);
    await changePatient(to, await keyOf(from));
    await expect(read(to)).rejects.toBeInstanceOf(KeyRefused);
  });

  it('from organization to organization is not read', async () => {
    const id = await save(plant());
    const { organizationId } = stranger;
    await changePatient(id, { organizationId });
    await database.write(asSystem, (tx) =>
      tx.update(patientFields).set({ organizationId }).where(eq(patientFields.patientId, id)),
    );
    await expect(read(id, stranger)).rejects.toBeInstanceOf(KeyRefused);
  });

  it('under another version, by a bit, or cut short is not read', async () => {
    const id = await save(plant());
    const [row] = await rowsOf(id);
    if (!row) throw new Error('there is no field');
    const bytes = Buffer.from(row.sealed, 'base64');
    const flipped = Buffer.from(bytes);
    flipped.writeUInt8(flipped.readUInt8(15) ^ 1, 15);
    const forged = [
      { version: 2 },
      { sealed: flipped.toString('base64') },
      { sealed: bytes.subarray(0, -1).toString('base64') },
      { sealed: '' },
    ];
    for (const to of forged) {
      await changeField(id, row.field, to);
      const attempt = read(id);
      await expect(attempt).rejects.toThrow(cannotBeOpened);
      await expect(attempt).rejects.not.toThrow('planted');
      await changeField(id, row.field, { sealed: row.sealed, version: row.version });
    }
    expect((await read(id))?.state).toBe('readable');
    // Whoever tried is in the log.
    expect(await auditOf(id, 'patient.read')).toHaveLength(forged.length + 1);
  });
});

describe('erasure', () => {
  it('destroys the key and the fields, keeps the log, and may be repeated', async () => {
    const id = await save(plant());
    await read(id);
    await erasePatient(database, reader, id);
    await erasePatient(database, reader, id);
    expect(await rowsOf(id)).toEqual([]);
    expect((await keyOf(id)).wrappedKey).toBeNull();
    expect(await read(id)).toMatchObject({ state: 'erased', erasedAt: expect.any(Date) as Date });
    expect(await auditOf(id, 'patient.saved')).toHaveLength(1);
    expect(await auditOf(id, 'patient.read')).toHaveLength(1);
    expect(await auditOf(id, 'patient.erased')).toMatchObject([
      { details: { fields: [...PATIENT_FIELDS].toSorted() } },
    ]);
  });

  it('leaves a kept copy of the fields unreadable', async () => {
    const [id, other] = [await save(plant()), await save(plant())];
    const copy = await rowsOf(id);
    await erasePatient(database, reader, id);
    await database.write(asSystem, (tx) => tx.insert(patientFields).values(copy));
    expect((await read(id))?.state).toBe('erased');
    // No other key of the installation opens them.
    await changePatient(id, await keyOf(other));
    await expect(read(id)).rejects.toBeInstanceOf(KeyRefused);
  });

  it('ends either before a reading or after it is in the log', async () => {
    const id = await save(plant());
    const [reading] = await Promise.all([read(id), erasePatient(database, reader, id)]);
    const readings = await auditOf(id, 'patient.read');
    expect(readings).toHaveLength(reading?.state === 'readable' ? 1 : 0);
    expect((await read(id))?.state).toBe('erased');
  });
});

describe('the keys of the key service', () => {
  it('are rotated: what the old one wrapped stays readable, and the new one wraps', async () => {
    const [first, second] = [newKey(), newKey()];
    const before = keysOf('first', { first });
    const old = await save({ name: 'old' }, reader, before);
    const rotated = keysOf('second', { first, second });
    const renewed = await save({ name: 'new' }, reader, rotated);
    expect([(await keyOf(old)).keyId, (await keyOf(renewed)).keyId]).toEqual(['first', 'second']);
    expect(await read(old, reader, rotated)).toMatchObject({ fields: { name: 'old' } });
    expect(await read(renewed, reader, rotated)).toMatchObject({ fields: { name: 'new' } });
    await expect(read(renewed, reader, before)).rejects.toBeInstanceOf(KeyRefused);
  });

  it('are needed: without them every patient is unreadable', async () => {
    const id = await save(plant());
    await expect(read(id, reader, keysOf('first', { first: newKey() }))).rejects.toBeInstanceOf(KeyRefused);
    await expect(read(id, reader, keysOf('other', { other: newKey() }))).rejects.toBeInstanceOf(KeyRefused);
  });
});
