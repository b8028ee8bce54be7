-- Migrations only add, so that processes of the version before go on while a new one comes. One that takes something away
-- says here how many migrations a process must know to work on the schema that it leaves: older ones refuse to start.
CREATE TABLE drizzle.oldest_process (knows_migrations integer NOT NULL);
--> statement-breakpoint
INSERT INTO drizzle.oldest_process VALUES (10);
--> statement-breakpoint
GRANT SELECT ON drizzle.oldest_process TO varloom_app;
