CREATE INDEX "jobs_ended" ON "jobs" USING btree ("completed_at") WHERE completed_at is not null;--> statement-breakpoint
CREATE INDEX "jobs_by_result" ON "jobs" USING btree ("result_state","organization_id") WHERE result_state is not null;--> statement-breakpoint
CREATE INDEX "restores_unsettled" ON "restores" USING btree ("state","created_at") WHERE state in ('waiting', 'failed');--> statement-breakpoint
CREATE INDEX "webhook_messages_pending" ON "webhook_messages" USING btree ("created_at") WHERE state = 'pending';--> statement-breakpoint
CREATE INDEX "webhook_messages_ended" ON "webhook_messages" USING btree ("ended_at") WHERE state <> 'pending';--> statement-breakpoint
CREATE INDEX "deliveries_unreleased" ON "deliveries" USING btree ("state","created_at") WHERE state in ('in_review', 'ready', 'releasing');