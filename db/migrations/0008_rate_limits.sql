-- Counted for a minute and then worth nothing: no write-ahead log, no copy on a replica, no backup.
CREATE UNLOGGED TABLE "rate_limits" (
	"key" text PRIMARY KEY NOT NULL,
	"minute" integer NOT NULL,
	"taken" bigint NOT NULL
);
--> statement-breakpoint
ALTER TABLE "rate_limits" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "rate_limits" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON "rate_limits" TO varloom_app;--> statement-breakpoint
CREATE POLICY "system_rows" ON "rate_limits" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('varloom.principal_kind', true)) = 'system') WITH CHECK ((select current_setting('varloom.principal_kind', true)) = 'system');