CREATE TABLE "billing_events" (
	"event_id" text PRIMARY KEY NOT NULL,
	"type" text NOT NULL,
	"user_id" uuid,
	"received_at" timestamp with time zone DEFAULT now() NOT NULL,
	"told_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "billing_events" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "invoices" (
	"invoice_id" text PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"number" text,
	"state" text NOT NULL,
	"amount_due" bigint NOT NULL,
	"amount_paid" bigint NOT NULL,
	"amount_refunded" bigint NOT NULL,
	"currency" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"hosted_url" text,
	"payment_intent_id" text
);
--> statement-breakpoint
ALTER TABLE "invoices" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "restores" (
	"job_id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"upgrade_id" uuid NOT NULL,
	"state" text DEFAULT 'waiting' NOT NULL,
	"error" jsonb,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "restores" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "subscriptions" (
	"user_id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"customer_id" text,
	"checkout_session_id" text,
	"checkout_url" text,
	"checkout_expires_at" timestamp with time zone,
	"payment_refusal" text,
	"state" text DEFAULT 'none' NOT NULL,
	"stripe_subscription_id" text,
	"current_period_end" timestamp with time zone,
	"cancel_at_period_end" boolean DEFAULT false NOT NULL,
	"grace_ends_at" timestamp with time zone,
	"upgrade_id" uuid,
	"archive_due_at" timestamp with time zone,
	"synced_at" timestamp with time zone DEFAULT now() NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "subscriptions_customer" UNIQUE("customer_id")
);
--> statement-breakpoint
ALTER TABLE "subscriptions" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "mail_messages" ALTER COLUMN "job_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "result_key" text;--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "result_moved_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "mail_messages" ADD COLUMN "user_id" uuid;--> statement-breakpoint
ALTER TABLE "mail_messages" ADD COLUMN "occasion" text;--> statement-breakpoint
ALTER TABLE "subscriptions" ADD CONSTRAINT "subscriptions_user_id_users_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("user_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "billing_events_untold" ON "billing_events" USING btree ("received_at") WHERE told_at is null and user_id is not null;--> statement-breakpoint
CREATE INDEX "invoices_of_user" ON "invoices" USING btree ("user_id","created_at" DESC NULLS LAST,"invoice_id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "invoices_payment" ON "invoices" USING btree ("payment_intent_id");--> statement-breakpoint
CREATE INDEX "restores_of_upgrade" ON "restores" USING btree ("upgrade_id","state","job_id");--> statement-breakpoint
CREATE INDEX "subscriptions_paying" ON "subscriptions" USING btree ("synced_at") WHERE upgrade_id is not null or state <> 'none' or archive_due_at is not null;--> statement-breakpoint
CREATE INDEX "jobs_of_user_by_result" ON "jobs" USING btree ("user_id","result_state","job_id");--> statement-breakpoint
CREATE INDEX "jobs_moving" ON "jobs" USING btree ("result_moved_at") WHERE result_state in ('archiving', 'restoring');--> statement-breakpoint
CREATE UNIQUE INDEX "mail_messages_once_per_occasion" ON "mail_messages" USING btree ("user_id","kind","occasion");--> statement-breakpoint
CREATE POLICY "system_rows" ON "billing_events" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('varloom.principal_kind', true)) = 'system') WITH CHECK ((select current_setting('varloom.principal_kind', true)) = 'system');--> statement-breakpoint
CREATE POLICY "owned_rows" ON "invoices" AS PERMISSIVE FOR ALL TO public USING (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system') WITH CHECK (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system');--> statement-breakpoint
CREATE POLICY "owned_rows" ON "restores" AS PERMISSIVE FOR ALL TO public USING (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system') WITH CHECK (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system');--> statement-breakpoint
CREATE POLICY "owned_rows" ON "subscriptions" AS PERMISSIVE FOR ALL TO public USING (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system') WITH CHECK (organization_id = (select nullif(current_setting('varloom.organization_id', true), '')::uuid)
  or (select current_setting('varloom.principal_kind', true)) = 'system');--> statement-breakpoint
DO $$ DECLARE t text; BEGIN
  FOREACH t IN ARRAY ARRAY['subscriptions', 'invoices', 'billing_events', 'restores'] LOOP
    EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON public.%I TO varloom_app', t);
  END LOOP;
END $$;
--> statement-breakpoint
ALTER TABLE subscriptions
  ADD CONSTRAINT subscriptions_state CHECK (state IN ('none', 'awaiting_payment', 'active', 'past_due'));
--> statement-breakpoint
ALTER TABLE restores ADD CONSTRAINT restores_state CHECK (state IN ('waiting', 'restored', 'failed', 'given_up'));
--> statement-breakpoint
ALTER TABLE mail_messages ADD CONSTRAINT mail_messages_about CHECK ((job_id IS NULL) <> (user_id IS NULL));
