CREATE TABLE "audit_checkpoints" (
	"organization_id" uuid PRIMARY KEY NOT NULL,
	"seq" bigint DEFAULT 0 NOT NULL,
	"document_hash" text,
	"pending_seq" bigint
);
--> statement-breakpoint
ALTER TABLE "audit_checkpoints" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "audit_heads" (
	"organization_id" uuid PRIMARY KEY NOT NULL,
	"seq" bigint NOT NULL,
	"hash" text NOT NULL,
	"at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "audit_heads" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
DROP INDEX "audit_log_of_organization";--> statement-breakpoint
ALTER TABLE "audit_log" ADD COLUMN "seq" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "audit_log" ADD COLUMN "prev_hash" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "audit_log" ADD COLUMN "hash" text DEFAULT '' NOT NULL;--> statement-breakpoint
CREATE INDEX "audit_log_by_time" ON "audit_log" USING btree ("organization_id","at" DESC NULLS LAST,"seq" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "audit_log_by_entity" ON "audit_log" USING btree ("organization_id","entity","at" DESC NULLS LAST,"seq" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "audit_log_by_entity_id" ON "audit_log" USING btree ("organization_id","entity_id","at" DESC NULLS LAST,"seq" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "audit_log_by_actor" ON "audit_log" USING btree ("organization_id","actor","at" DESC NULLS LAST,"seq" DESC NULLS LAST);--> statement-breakpoint
CREATE POLICY "system_rows" ON "audit_checkpoints" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('varloom.principal_kind', true)) = 'system') WITH CHECK ((select current_setting('varloom.principal_kind', true)) = 'system');--> statement-breakpoint
CREATE POLICY "owned_rows" ON "audit_heads" AS PERMISSIVE FOR ALL TO public USING (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system') WITH CHECK (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system');--> statement-breakpoint
DO $$ DECLARE t text; BEGIN
  FOREACH t IN ARRAY ARRAY['audit_heads', 'audit_checkpoints'] LOOP
    EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', t);
  END LOOP;
END $$;
--> statement-breakpoint
GRANT SELECT ON public.audit_heads TO varloom_app;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON public.audit_checkpoints TO varloom_app;
--> statement-breakpoint
-- The head of a busy organization is rewritten by every entry: with room in its page no index is touched.
ALTER TABLE public.audit_heads SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 1000);
--> statement-breakpoint
-- What an entry's hash covers, as db/audit/entry-hash.ts computes it too: each field as its length in bytes, a colon,
-- itself and a comma, so that no two entries have the same text.
CREATE FUNCTION public.audit_entry_hash(entry public.audit_log) RETURNS text
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  field text;
  fields text := '';
BEGIN
  FOREACH field IN ARRAY ARRAY[
    'varloom-audit-1', entry.prev_hash, entry.organization_id::text, entry.seq::text,
    to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    entry.actor, entry.action, entry.entity, entry.entity_id, entry.details::text
  ] LOOP
    fields := fields || octet_length(convert_to(field, 'UTF8'))::text || ':' || field || ',';
  END LOOP;
  RETURN encode(sha256(convert_to(fields, 'UTF8')), 'hex');
END $$;
--> statement-breakpoint
-- Runs as the owner, who alone may write heads. The head's row is the lock: one transaction of an organization at a time,
-- until it ends. db/changes.ts writes entries as the last act of a transaction, so that nobody who holds it waits.
-- The head is moved once a statement: within a transaction every version of a row stays, and each look passes over all.
CREATE FUNCTION public.audit_chain() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  head public.audit_heads%ROWTYPE;
  last record;
BEGIN
  SELECT * INTO head FROM public.audit_heads WHERE organization_id = NEW.organization_id FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    INSERT INTO public.audit_heads (organization_id, seq, hash, at)
      VALUES (NEW.organization_id, 0, repeat('0', 64), '-infinity') ON CONFLICT DO NOTHING;
    SELECT * INTO STRICT head FROM public.audit_heads WHERE organization_id = NEW.organization_id FOR NO KEY UPDATE;
  END IF;
  -- Entries of the same statement are beyond the head. Where the log ends before it, it was cut off: the gap must show.
  SELECT seq, hash, at INTO last FROM public.audit_log
    WHERE organization_id = NEW.organization_id AND seq > head.seq ORDER BY seq DESC LIMIT 1;
  IF FOUND THEN
    head.seq := last.seq;
    head.hash := last.hash;
    head.at := last.at;
  END IF;
  NEW.at := greatest(clock_timestamp(), head.at);
  NEW.seq := head.seq + 1;
  NEW.prev_hash := head.hash;
  NEW.hash := public.audit_entry_hash(NEW);
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE FUNCTION public.audit_move_heads() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE public.audit_heads h SET seq = l.seq, hash = l.hash, at = l.at
    FROM (SELECT DISTINCT ON (organization_id) organization_id, seq, hash, at
          FROM inserted ORDER BY organization_id, seq DESC) l
    WHERE h.organization_id = l.organization_id;
  RETURN NULL;
END $$;
--> statement-breakpoint
REVOKE EXECUTE ON FUNCTION public.audit_move_heads() FROM PUBLIC;
--> statement-breakpoint
REVOKE EXECUTE ON FUNCTION public.audit_chain() FROM PUBLIC;
--> statement-breakpoint
-- What was recorded before is chained as it is found, in the order of its time.
DO $$
DECLARE
  entry public.audit_log%ROWTYPE;
  organization uuid;
  next_seq bigint;
  last_hash text;
BEGIN
  PERFORM set_config('varloom.principal_kind', 'system', true);
  FOR entry IN SELECT * FROM public.audit_log ORDER BY organization_id, at, sequence LOOP
    IF organization IS DISTINCT FROM entry.organization_id THEN
      organization := entry.organization_id;
      next_seq := 1;
      last_hash := repeat('0', 64);
    END IF;
    entry.seq := next_seq;
    entry.prev_hash := last_hash;
    last_hash := public.audit_entry_hash(entry);
    UPDATE public.audit_log SET seq = entry.seq, prev_hash = entry.prev_hash, hash = last_hash
      WHERE sequence = entry.sequence;
    INSERT INTO public.audit_heads (organization_id, seq, hash, at)
      VALUES (organization, entry.seq, last_hash, entry.at)
      ON CONFLICT (organization_id) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, at = excluded.at;
    next_seq := next_seq + 1;
  END LOOP;
  PERFORM set_config('varloom.principal_kind', '', true);
END $$;
--> statement-breakpoint
CREATE UNIQUE INDEX "audit_log_chain" ON "audit_log" USING btree ("organization_id","seq");
--> statement-breakpoint
CREATE TRIGGER audit_chain BEFORE INSERT ON public.audit_log FOR EACH ROW EXECUTE FUNCTION public.audit_chain();
--> statement-breakpoint
CREATE TRIGGER audit_move_heads AFTER INSERT ON public.audit_log REFERENCING NEW TABLE AS inserted
  FOR EACH STATEMENT EXECUTE FUNCTION public.audit_move_heads();
