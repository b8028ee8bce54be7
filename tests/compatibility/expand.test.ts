// Migrations expand: a process of the release before goes on while they are applied. What takes something away says so.

import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { argued } from './argued.ts';
import { blockingIndexesOf, breachesOf, oldestProcessOf } from './expand.ts';

const directory = new URL('../../db/migrations/', import.meta.url);
const migrations = readdirSync(directory)
  .filter((name) => name.endsWith('.sql'))
  .toSorted()
  .map((file, index) => ({ file, index, text: readFileSync(new URL(file, directory), 'utf8') }));

/** The migrations before it were applied before there was a process to consider. */
const FIRST_CONSIDERED = 10;
const considered = migrations.slice(FIRST_CONSIDERED);

it('considers every migration that came after the first release', () => {
  expect(considered.at(0)?.file).toBe('0010_job_traces.sql');
  expect(considered.length).toBe(migrations.length - FIRST_CONSIDERED);
});

it.for(considered)('$file only adds, or refuses older processes', ({ file, text }) => {
  const reasons = argued[file] ?? [];
  const unargued = breachesOf(text).filter(({ what }) => !reasons.some(({ statements }) => statements.test(what)));
  expect(oldestProcessOf(text) === undefined ? unargued : []).toEqual([]);
});

/** Those before it were written when no installation had many rows. */
const FIRST_AT_FULL_SIZE = '0020';

it('builds no index on a table that is in use, unless it can be built before', () => {
  const late = migrations.filter(({ file }) => file >= FIRST_AT_FULL_SIZE);
  expect(late.flatMap(({ file, text }) => blockingIndexesOf(text).map((index) => `${file}: ${index}`))).toEqual([]);
});

it.for([
  ['on a table that is there', 'CREATE INDEX a ON "jobs" USING btree ("genome")', 1],
  ['on a table that is there, unique', 'CREATE UNIQUE INDEX a ON jobs (genome)', 1],
  ['that was built before', 'CREATE INDEX IF NOT EXISTS a ON "jobs" ("genome")', 0],
  ['on a new table', 'CREATE TABLE "lanes" ("name" text);\nCREATE INDEX a ON "lanes" ("name")', 0],
] as const)('looks at an index %s', ([, text, blocking]) => {
  expect(blockingIndexesOf(text)).toHaveLength(blocking);
});

it('a contraction lets those work that know it, and fewer than before', () => {
  const said = [FIRST_CONSIDERED, ...considered.flatMap(({ text }) => oldestProcessOf(text) ?? [])];
  expect(said).toEqual([...new Set(said)].toSorted((a, b) => a - b));
  const tooMany = considered.filter(({ index, text }) => (oldestProcessOf(text) ?? 0) > index + 1);
  expect(tooMany).toEqual([]);
});

it('argues for nothing that is not there', () => {
  const useless = Object.entries(argued).flatMap(([file, reasons]) => {
    const breaches = breachesOf(migrations.find((one) => one.file === file)?.text ?? '');
    return reasons.filter(({ statements }) => !breaches.some(({ what }) => statements.test(what)));
  });
  expect(useless).toEqual([]);
});

it.for([
  ['a dropped column', 'ALTER TABLE "jobs" DROP COLUMN "genome"', /by this name/],
  ['a renamed column', 'ALTER TABLE "jobs" RENAME COLUMN "genome" TO "reference"', /by this name/],
  ['a renamed table', 'ALTER TABLE jobs RENAME TO annotations', /by this name/],
  ['a dropped table', 'DROP TABLE "jobs"', /only add/],
  ['a dropped index', 'DROP INDEX "jobs_by_owner"', /only add/],
  ['another type', 'ALTER TABLE "jobs" ALTER COLUMN "size" SET DATA TYPE text', /old type/],
  ['a column that is now required', 'ALTER TABLE "jobs" ALTER COLUMN "genome" SET NOT NULL', /without it/],
  ['a default taken away', 'ALTER TABLE "jobs" ALTER COLUMN "genome" DROP DEFAULT', /without it/],
  ['null where there was none', 'ALTER TABLE "jobs" ALTER COLUMN "genome" DROP NOT NULL', /null/],
  ['a required column without a default', 'ALTER TABLE "jobs" ADD COLUMN "lane" text NOT NULL', /without it/],
  ['one among others', 'ALTER TABLE jobs ADD COLUMN a text, ADD COLUMN b text NOT NULL', /without it/],
  ['a new check', "ALTER TABLE jobs ADD CONSTRAINT c CHECK (status IN ('A', 'B'))", /pass it/],
  ['a new check, though NOT VALID', 'ALTER TABLE jobs ADD CONSTRAINT c CHECK (size > 0) NOT VALID', /pass it/],
  ['a new foreign key', 'ALTER TABLE jobs ADD CONSTRAINT f FOREIGN KEY (genome) REFERENCES genomes(name)', /pass it/],
  ['a unique index', 'CREATE UNIQUE INDEX u ON "jobs" USING btree ("genome")', /there already/],
  ['a trigger', 'CREATE TRIGGER t BEFORE INSERT ON jobs FOR EACH ROW EXECUTE FUNCTION f()', /writes/],
  ['a restrictive policy', 'CREATE POLICY p ON jobs AS RESTRICTIVE FOR ALL USING (false)', /keep from/],
  ['row-level security', 'ALTER TABLE jobs ENABLE ROW LEVEL SECURITY', /keep from/],
  ['a permission taken away', 'REVOKE UPDATE ON public.jobs FROM varloom_app', /may need it/],
  ['a function made anew', 'CREATE OR REPLACE FUNCTION f() RETURNS text LANGUAGE sql AS $$ select 1; $$', /only add/],
  ['rows rewritten', "UPDATE jobs SET status = 'DONE' WHERE status = 'COMPLETED'", /works on/],
  ['rows removed', 'DELETE FROM jobs', /only add/],
  ['what a block hides', "DO $$ BEGIN EXECUTE 'drop table jobs'; END $$", /cannot be read/],
] as const)('refuses %s', ([, statement, why]) => {
  expect(breachesOf(`CREATE TABLE other (id uuid);\n--> statement-breakpoint\n${statement};`)).toEqual([
    { what: expect.any(String), why: expect.stringMatching(why) },
  ]);
});

it('lets pass what only adds', () => {
  const text = `
    -- DROP TABLE jobs; is only a comment
    CREATE TABLE "lanes" ("lane_id" uuid PRIMARY KEY NOT NULL, "name" text NOT NULL);
    --> statement-breakpoint
    ALTER TABLE "lanes" ENABLE ROW LEVEL SECURITY;
    ALTER TABLE "lanes" ADD CONSTRAINT n CHECK (name <> 'a;b');
    CREATE UNIQUE INDEX lanes_by_name ON lanes (name);
    CREATE POLICY "own" ON "lanes" AS RESTRICTIVE FOR ALL USING (true);
    GRANT SELECT ON lanes TO varloom_app;
    ALTER TABLE "jobs" ADD COLUMN "lane_id" uuid, ADD COLUMN weight numeric(4, 2) DEFAULT 1 NOT NULL;
    ALTER TABLE "jobs" ADD CONSTRAINT l FOREIGN KEY ("lane_id") REFERENCES lanes("lane_id");
    CREATE INDEX jobs_by_lane ON "jobs" USING btree ("lane_id");
    UPDATE jobs SET lane_id = gen_random_uuid();
    CREATE FUNCTION public.count_lanes() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN DELETE FROM lanes; END $body$;
    REVOKE EXECUTE ON FUNCTION public.count_lanes() FROM PUBLIC;
    CREATE TRIGGER t AFTER INSERT ON lanes FOR EACH STATEMENT EXECUTE FUNCTION count_lanes();`;
  expect(breachesOf(text)).toEqual([]);
});

it('reads from which release on a contraction lets processes work', () => {
  expect(
    oldestProcessOf('ALTER TABLE jobs DROP COLUMN a;\nUPDATE drizzle.oldest_process SET knows_migrations = 13;'),
  ).toBe(13);
  expect(oldestProcessOf('ALTER TABLE jobs DROP COLUMN a;')).toBeUndefined();
});
