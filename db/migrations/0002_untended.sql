DROP INDEX "jobs_pending";--> statement-breakpoint
CREATE INDEX "jobs_unended" ON "jobs" USING btree ("submitted_at") WHERE status in ('PENDING', 'RUNNING');--> statement-breakpoint
CREATE INDEX "jobs_to_erase" ON "jobs" USING btree ("erase_requested_at") WHERE erase_requested_at is not null and result_state is distinct from 'deleted';--> statement-breakpoint
CREATE INDEX "sign_ins_expiry" ON "sign_ins" USING btree ("expires_at");