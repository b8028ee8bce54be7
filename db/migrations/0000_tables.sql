CREATE TABLE "idempotency_keys" (
	"user_id" uuid NOT NULL,
	"organization_id" uuid NOT NULL,
	"key" text NOT NULL,
	"request_hash" text NOT NULL,
	"job_id" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "idempotency_keys_user_id_key_pk" PRIMARY KEY("user_id","key")
);
--> statement-breakpoint
ALTER TABLE "idempotency_keys" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "job_progress" (
	"job_id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"phase" text NOT NULL,
	"records" bigint NOT NULL,
	"percent" real NOT NULL,
	"updated_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "job_progress" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "jobs" (
	"job_id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"upload_id" uuid NOT NULL,
	"source" text NOT NULL,
	"file_name" text NOT NULL,
	"input_etag" text NOT NULL,
	"input_size_bytes" bigint NOT NULL,
	"genome" text NOT NULL,
	"consequence_mode" text NOT NULL,
	"status" text DEFAULT 'PENDING' NOT NULL,
	"submitted_at" timestamp with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp with time zone,
	"completed_at" timestamp with time zone,
	"cancel_requested_at" timestamp with time zone,
	"erase_requested_at" timestamp with time zone,
	"error" jsonb,
	"result_state" text,
	"generation" integer DEFAULT 0 NOT NULL,
	"result_expires_at" timestamp with time zone,
	"result_prefix" text,
	"result_size_bytes" bigint,
	"result_sha256" text,
	"results_file_archive_id" text,
	"records" bigint
);
--> statement-breakpoint
ALTER TABLE "jobs" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "references" (
	"name" text PRIMARY KEY NOT NULL,
	"description" text NOT NULL,
	"files" jsonb NOT NULL,
	"contigs" jsonb NOT NULL,
	"is_default" boolean NOT NULL,
	"installed_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "references" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "uploads" (
	"upload_id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"file_name" text NOT NULL,
	"genome" text,
	"source" text NOT NULL,
	"size_limit_bytes" bigint NOT NULL,
	"multipart_upload_id" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"received_at" timestamp with time zone,
	"size_bytes" bigint,
	"etag" text,
	"removed_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "uploads" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "api_keys" (
	"api_key_id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"organization_id" uuid NOT NULL,
	"name" text NOT NULL,
	"scopes" text[] NOT NULL,
	"prefix" text NOT NULL,
	"key_hash" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone,
	"last_used_at" timestamp with time zone,
	"revoked_at" timestamp with time zone,
	CONSTRAINT "api_keys_hash" UNIQUE("key_hash")
);
--> statement-breakpoint
ALTER TABLE "api_keys" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "organizations" (
	"organization_id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"kind" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "organizations" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "sessions" (
	"token_hash" text PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"organization_id" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"authenticated_at" timestamp with time zone NOT NULL,
	"id_token" text NOT NULL
);
--> statement-breakpoint
ALTER TABLE "sessions" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "sign_ins" (
	"token_hash" text PRIMARY KEY NOT NULL,
	"state" text NOT NULL,
	"nonce" text NOT NULL,
	"code_verifier" text NOT NULL,
	"return_to" text NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "sign_ins" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "users" (
	"user_id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"issuer" text NOT NULL,
	"subject" text NOT NULL,
	"email" text NOT NULL,
	"name" text,
	"role" text NOT NULL,
	"plan" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "users_issuer_subject" UNIQUE("issuer","subject")
);
--> statement-breakpoint
ALTER TABLE "users" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "audit_log" (
	"sequence" bigserial PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"actor" text NOT NULL,
	"action" text NOT NULL,
	"entity" text NOT NULL,
	"entity_id" text NOT NULL,
	"details" jsonb NOT NULL
);
--> statement-breakpoint
ALTER TABLE "audit_log" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "mail_messages" (
	"message_id" text PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"job_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"claimed_at" timestamp with time zone DEFAULT now() NOT NULL,
	"sent_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "mail_messages" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "outbox" (
	"sequence" bigserial PRIMARY KEY NOT NULL,
	"event_id" uuid DEFAULT gen_random_uuid() NOT NULL,
	"organization_id" uuid NOT NULL,
	"type" text NOT NULL,
	"subject" text NOT NULL,
	"data" jsonb NOT NULL,
	"occurred_at" timestamp with time zone DEFAULT now() NOT NULL,
	"published_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "outbox" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "jobs" ADD CONSTRAINT "jobs_upload_id_uploads_upload_id_fk" FOREIGN KEY ("upload_id") REFERENCES "public"."uploads"("upload_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_user_id_users_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("user_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_user_id_users_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("user_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "users" ADD CONSTRAINT "users_organization_id_organizations_organization_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("organization_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "jobs_of_user" ON "jobs" USING btree ("user_id","submitted_at" DESC NULLS LAST,"job_id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "jobs_of_user_by_status" ON "jobs" USING btree ("user_id","status","submitted_at" DESC NULLS LAST,"job_id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "jobs_pending" ON "jobs" USING btree ("submitted_at") WHERE status = 'PENDING';--> statement-breakpoint
CREATE INDEX "jobs_of_upload" ON "jobs" USING btree ("upload_id");--> statement-breakpoint
CREATE UNIQUE INDEX "jobs_one_per_page_upload" ON "jobs" USING btree ("upload_id") WHERE source = 'page';--> statement-breakpoint
CREATE UNIQUE INDEX "references_one_default" ON "references" USING btree ("is_default") WHERE is_default;--> statement-breakpoint
CREATE INDEX "uploads_of_user" ON "uploads" USING btree ("user_id","created_at" DESC NULLS LAST,"upload_id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "uploads_unsubmitted" ON "uploads" USING btree ("expires_at") WHERE removed_at is null;--> statement-breakpoint
CREATE INDEX "api_keys_user" ON "api_keys" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "sessions_expiry" ON "sessions" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "audit_log_of_organization" ON "audit_log" USING btree ("organization_id","sequence");--> statement-breakpoint
CREATE UNIQUE INDEX "mail_messages_once" ON "mail_messages" USING btree ("job_id","kind");--> statement-breakpoint
CREATE INDEX "outbox_unpublished" ON "outbox" USING btree ("sequence") WHERE published_at is null;--> statement-breakpoint
CREATE POLICY "owned_rows" ON "idempotency_keys" AS PERMISSIVE FOR ALL TO public USING (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system') WITH CHECK (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system');--> statement-breakpoint
CREATE POLICY "owned_rows" ON "job_progress" AS PERMISSIVE FOR ALL TO public USING (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system') WITH CHECK (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system');--> statement-breakpoint
CREATE POLICY "owned_rows" ON "jobs" AS PERMISSIVE FOR ALL TO public USING (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system') WITH CHECK (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system');--> statement-breakpoint
CREATE POLICY "system_rows" ON "references" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('varloom.principal_kind', true)) = 'system') WITH CHECK ((select current_setting('varloom.principal_kind', true)) = 'system');--> statement-breakpoint
CREATE POLICY "readable_by_all" ON "references" AS PERMISSIVE FOR SELECT TO public USING (true);--> statement-breakpoint
CREATE POLICY "owned_rows" ON "uploads" AS PERMISSIVE FOR ALL TO public USING (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system') WITH CHECK (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system');--> statement-breakpoint
CREATE POLICY "owned_rows" ON "api_keys" AS PERMISSIVE FOR ALL TO public USING (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system') WITH CHECK (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system');--> statement-breakpoint
CREATE POLICY "owned_rows" ON "organizations" AS PERMISSIVE FOR ALL TO public USING (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system') WITH CHECK (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system');--> statement-breakpoint
CREATE POLICY "system_rows" ON "sessions" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('varloom.principal_kind', true)) = 'system') WITH CHECK ((select current_setting('varloom.principal_kind', true)) = 'system');--> statement-breakpoint
CREATE POLICY "system_rows" ON "sign_ins" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('varloom.principal_kind', true)) = 'system') WITH CHECK ((select current_setting('varloom.principal_kind', true)) = 'system');--> statement-breakpoint
CREATE POLICY "owned_rows" ON "users" AS PERMISSIVE FOR ALL TO public USING (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system') WITH CHECK (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system');--> statement-breakpoint
CREATE POLICY "owned_rows" ON "audit_log" AS PERMISSIVE FOR ALL TO public USING (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system') WITH CHECK (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system');--> statement-breakpoint
CREATE POLICY "owned_rows" ON "mail_messages" AS PERMISSIVE FOR ALL TO public USING (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system') WITH CHECK (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system');--> statement-breakpoint
CREATE POLICY "owned_rows" ON "outbox" AS PERMISSIVE FOR ALL TO public USING (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system') WITH CHECK (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system');