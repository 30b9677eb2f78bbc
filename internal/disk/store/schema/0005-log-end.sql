-- Entries of lease_log are numbered on, also when the log is empty again: their
-- number tells whether the database is as new as what was acknowledged
-- (store/tally.go).

ALTER TABLE lease_sum ADD COLUMN log_end INTEGER NOT NULL DEFAULT 0; -- the newest entry that was moved to the table lease
