-- The application acts as varloom_app: it owns nothing and cannot bypass row-level security, which is forced on
-- every table, so that even the owner of the schema is held to it. A login role of that name may exist already.
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'varloom_app') THEN
    CREATE ROLE varloom_app NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
  END IF;
END $$;
--> statement-breakpoint
DO $$ DECLARE t text; BEGIN
  FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', t);
  END LOOP;
END $$;
--> statement-breakpoint
GRANT USAGE ON SCHEMA public, drizzle TO varloom_app;
--> statement-breakpoint
GRANT SELECT ON ALL TABLES IN SCHEMA drizzle TO varloom_app;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO varloom_app;
--> statement-breakpoint
-- Append-only: what was recorded stays as it was.
REVOKE UPDATE, DELETE ON public.audit_log FROM varloom_app;
--> statement-breakpoint
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO varloom_app;
--> statement-breakpoint
-- The closed sets of domain/ hold in the store too.
ALTER TABLE jobs
  ADD CONSTRAINT jobs_status CHECK (status IN ('PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED')),
  ADD CONSTRAINT jobs_result_state CHECK (result_state IN ('live', 'archiving', 'archived', 'restoring', 'deleted')),
  ADD CONSTRAINT jobs_archive_id CHECK ((result_state = 'archived') <= (results_file_archive_id IS NOT NULL)),
  ADD CONSTRAINT jobs_ended CHECK ((status IN ('COMPLETED', 'FAILED', 'CANCELLED')) = (completed_at IS NOT NULL));
