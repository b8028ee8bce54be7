CREATE SCHEMA "patient";
--> statement-breakpoint
CREATE TABLE "partners" (
	"partner_id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"name" text NOT NULL,
	"email" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"disabled_at" timestamp with time zone,
	CONSTRAINT "partners_name" UNIQUE("organization_id","name")
);
--> statement-breakpoint
ALTER TABLE "partners" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "service_tokens" (
	"token_id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid,
	"caller" text NOT NULL,
	"audience" text NOT NULL,
	"partner_id" uuid,
	"scopes" text[] NOT NULL,
	"prefix" text NOT NULL,
	"token_hash" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"last_used_at" timestamp with time zone,
	"revoked_at" timestamp with time zone,
	CONSTRAINT "service_tokens_hash" UNIQUE("token_hash")
);
--> statement-breakpoint
ALTER TABLE "service_tokens" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "webhook_attempts" (
	"attempt_id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"message_id" uuid NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"status" integer,
	"outcome" text NOT NULL,
	"duration_ms" integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE "webhook_attempts" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "webhook_endpoints" (
	"endpoint_id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"partner_id" uuid NOT NULL,
	"url" text NOT NULL,
	"secrets" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"disabled_at" timestamp with time zone,
	"disabled_reason" text,
	"failures_in_a_row" integer DEFAULT 0 NOT NULL,
	"failing_since" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "webhook_endpoints" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "webhook_messages" (
	"message_id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"endpoint_id" uuid NOT NULL,
	"event_type" text NOT NULL,
	"payload" jsonb NOT NULL,
	"state" text DEFAULT 'pending' NOT NULL,
	"is_test" boolean DEFAULT false NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "webhook_messages" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "patient"."fields" (
	"patient_id" uuid NOT NULL,
	"organization_id" uuid NOT NULL,
	"field" text NOT NULL,
	"sealed" text NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"written_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "fields_patient_id_field_pk" PRIMARY KEY("patient_id","field")
);
--> statement-breakpoint
ALTER TABLE "patient"."fields" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "patient"."patients" (
	"patient_id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"wrapped_key" text,
	"key_id" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"erased_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "patient"."patients" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "decisions" (
	"sequence" bigserial PRIMARY KEY NOT NULL,
	"decision_id" uuid NOT NULL,
	"organization_id" uuid NOT NULL,
	"delivery_id" uuid NOT NULL,
	"sample_id" uuid NOT NULL,
	"round" integer NOT NULL,
	"level" text NOT NULL,
	"decision" text NOT NULL,
	"user_id" uuid NOT NULL,
	"signer_name" text NOT NULL,
	"role" text NOT NULL,
	"on_behalf_of" uuid,
	"meaning" text NOT NULL,
	"reason_code" text,
	"comment" text,
	"follow_up" text,
	"job_id" uuid NOT NULL,
	"checksum" text NOT NULL,
	"authenticated_at" timestamp with time zone NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "decisions_id" UNIQUE("decision_id")
);
--> statement-breakpoint
ALTER TABLE "decisions" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "delegations" (
	"delegation_id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"delegate_id" uuid NOT NULL,
	"starts_at" timestamp with time zone NOT NULL,
	"ends_at" timestamp with time zone NOT NULL,
	"revoked_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "delegations" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "deliveries" (
	"delivery_id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"partner_id" uuid NOT NULL,
	"state" text DEFAULT 'in_review' NOT NULL,
	"created_by" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"ready_at" timestamp with time zone,
	"released_at" timestamp with time zone,
	"released_by" uuid,
	"acknowledged_at" timestamp with time zone,
	"release_failure" text
);
--> statement-breakpoint
ALTER TABLE "deliveries" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "delivery_samples" (
	"delivery_id" uuid NOT NULL,
	"sample_id" uuid NOT NULL,
	"organization_id" uuid NOT NULL,
	"state" text DEFAULT 'in_review' NOT NULL,
	"level" text DEFAULT 'technical' NOT NULL,
	"round" integer DEFAULT 1 NOT NULL,
	"since" timestamp with time zone DEFAULT now() NOT NULL,
	"claimed_by" uuid,
	"claimed_at" timestamp with time zone,
	"is_open" boolean DEFAULT true NOT NULL,
	"pending_job_id" uuid,
	"reannotation_failure" text,
	CONSTRAINT "delivery_samples_delivery_id_sample_id_pk" PRIMARY KEY("delivery_id","sample_id")
);
--> statement-breakpoint
ALTER TABLE "delivery_samples" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "samples" (
	"sample_id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"barcode" text NOT NULL,
	"job_id" uuid NOT NULL,
	"patient_id" uuid,
	"created_by" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "samples_barcode" UNIQUE("organization_id","barcode")
);
--> statement-breakpoint
ALTER TABLE "samples" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "service_tokens" ADD CONSTRAINT "service_tokens_partner_id_partners_partner_id_fk" FOREIGN KEY ("partner_id") REFERENCES "public"."partners"("partner_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_attempts" ADD CONSTRAINT "webhook_attempts_message_id_webhook_messages_message_id_fk" FOREIGN KEY ("message_id") REFERENCES "public"."webhook_messages"("message_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_endpoints" ADD CONSTRAINT "webhook_endpoints_partner_id_partners_partner_id_fk" FOREIGN KEY ("partner_id") REFERENCES "public"."partners"("partner_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_messages" ADD CONSTRAINT "webhook_messages_endpoint_id_webhook_endpoints_endpoint_id_fk" FOREIGN KEY ("endpoint_id") REFERENCES "public"."webhook_endpoints"("endpoint_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "patient"."fields" ADD CONSTRAINT "fields_patient_id_patients_patient_id_fk" FOREIGN KEY ("patient_id") REFERENCES "patient"."patients"("patient_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "decisions" ADD CONSTRAINT "decisions_user_id_users_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("user_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "delegations" ADD CONSTRAINT "delegations_user_id_users_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("user_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "delegations" ADD CONSTRAINT "delegations_delegate_id_users_user_id_fk" FOREIGN KEY ("delegate_id") REFERENCES "public"."users"("user_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_partner_id_partners_partner_id_fk" FOREIGN KEY ("partner_id") REFERENCES "public"."partners"("partner_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_created_by_users_user_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("user_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "delivery_samples" ADD CONSTRAINT "delivery_samples_delivery_id_deliveries_delivery_id_fk" FOREIGN KEY ("delivery_id") REFERENCES "public"."deliveries"("delivery_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "delivery_samples" ADD CONSTRAINT "delivery_samples_sample_id_samples_sample_id_fk" FOREIGN KEY ("sample_id") REFERENCES "public"."samples"("sample_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "samples" ADD CONSTRAINT "samples_job_id_jobs_job_id_fk" FOREIGN KEY ("job_id") REFERENCES "public"."jobs"("job_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "samples" ADD CONSTRAINT "samples_patient_id_patients_patient_id_fk" FOREIGN KEY ("patient_id") REFERENCES "patient"."patients"("patient_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "samples" ADD CONSTRAINT "samples_created_by_users_user_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("user_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "service_tokens_of_partner" ON "service_tokens" USING btree ("partner_id");--> statement-breakpoint
CREATE INDEX "webhook_attempts_of_message" ON "webhook_attempts" USING btree ("message_id","at");--> statement-breakpoint
CREATE INDEX "webhook_endpoints_of_partner" ON "webhook_endpoints" USING btree ("partner_id");--> statement-breakpoint
CREATE INDEX "webhook_messages_of_endpoint" ON "webhook_messages" USING btree ("endpoint_id","created_at" DESC NULLS LAST,"message_id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "decisions_of_sample" ON "decisions" USING btree ("delivery_id","sample_id","sequence");--> statement-breakpoint
CREATE INDEX "delegations_of_delegate" ON "delegations" USING btree ("delegate_id","ends_at");--> statement-breakpoint
CREATE INDEX "deliveries_of_organization" ON "deliveries" USING btree ("organization_id","created_at" DESC NULLS LAST,"delivery_id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "deliveries_of_partner" ON "deliveries" USING btree ("partner_id","created_at" DESC NULLS LAST,"delivery_id" DESC NULLS LAST);--> statement-breakpoint
CREATE UNIQUE INDEX "delivery_samples_one_open" ON "delivery_samples" USING btree ("sample_id") WHERE is_open;--> statement-breakpoint
CREATE INDEX "delivery_samples_pending" ON "delivery_samples" USING btree ("pending_job_id") WHERE pending_job_id is not null;--> statement-breakpoint
CREATE INDEX "delivery_samples_waiting" ON "delivery_samples" USING btree ("organization_id","level","since","sample_id") WHERE state = 'in_review' and is_open;--> statement-breakpoint
CREATE INDEX "samples_of_job" ON "samples" USING btree ("job_id");--> statement-breakpoint
CREATE INDEX "samples_of_organization" ON "samples" USING btree ("organization_id","created_at" DESC NULLS LAST,"sample_id" DESC NULLS LAST);--> statement-breakpoint
CREATE POLICY "owned_rows" ON "partners" AS PERMISSIVE FOR ALL TO public USING (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system') WITH CHECK (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system');--> statement-breakpoint
CREATE POLICY "system_rows" ON "service_tokens" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('varloom.principal_kind', true)) = 'system') WITH CHECK ((select current_setting('varloom.principal_kind', true)) = 'system');--> statement-breakpoint
CREATE POLICY "owned_rows" ON "webhook_attempts" AS PERMISSIVE FOR ALL TO public USING (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system') WITH CHECK (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system');--> statement-breakpoint
CREATE POLICY "owned_rows" ON "webhook_endpoints" AS PERMISSIVE FOR ALL TO public USING (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system') WITH CHECK (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system');--> statement-breakpoint
CREATE POLICY "owned_rows" ON "webhook_messages" AS PERMISSIVE FOR ALL TO public USING (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system') WITH CHECK (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system');--> statement-breakpoint
CREATE POLICY "owned_rows" ON "patient"."fields" AS PERMISSIVE FOR ALL TO public USING (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system') WITH CHECK (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system');--> statement-breakpoint
CREATE POLICY "owned_rows" ON "patient"."patients" AS PERMISSIVE FOR ALL TO public USING (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system') WITH CHECK (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system');--> statement-breakpoint
CREATE POLICY "owned_rows" ON "decisions" AS PERMISSIVE FOR ALL TO public USING (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system') WITH CHECK (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system');--> statement-breakpoint
CREATE POLICY "owned_rows" ON "delegations" AS PERMISSIVE FOR ALL TO public USING (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system') WITH CHECK (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system');--> statement-breakpoint
CREATE POLICY "owned_rows" ON "deliveries" AS PERMISSIVE FOR ALL TO public USING (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system') WITH CHECK (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system');--> statement-breakpoint
CREATE POLICY "owned_rows" ON "delivery_samples" AS PERMISSIVE FOR ALL TO public USING (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system') WITH CHECK (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system');--> statement-breakpoint
CREATE POLICY "owned_rows" ON "samples" AS PERMISSIVE FOR ALL TO public USING (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system') WITH CHECK (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system');--> statement-breakpoint
DO $$ DECLARE t text; BEGIN
  FOREACH t IN ARRAY ARRAY['public.samples', 'public.deliveries', 'public.delivery_samples', 'public.decisions',
    'public.delegations', 'public.partners', 'public.service_tokens', 'public.webhook_endpoints',
    'public.webhook_messages', 'public.webhook_attempts', 'patient.patients', 'patient.fields'] LOOP
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO varloom_app', t);
  END LOOP;
END $$;
--> statement-breakpoint
GRANT USAGE ON SCHEMA patient TO varloom_app;
--> statement-breakpoint
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO varloom_app;
--> statement-breakpoint
-- A signature stays as it was given.
REVOKE UPDATE, DELETE ON public.decisions FROM varloom_app;
