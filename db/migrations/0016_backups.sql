-- Written by the backup program, as the owner; the application only reads it, to tell how old the last backup is.
CREATE TABLE "backups" (
	"taken_at" timestamp with time zone PRIMARY KEY NOT NULL
);
--> statement-breakpoint
ALTER TABLE "backups" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "backups" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
GRANT SELECT ON "backups" TO varloom_app;--> statement-breakpoint
CREATE POLICY "system_rows" ON "backups" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('varloom.principal_kind', true)) = 'system') WITH CHECK ((select current_setting('varloom.principal_kind', true)) = 'system');