-- SQLite does not see that a byte in a table has changed. So that no lease is
-- lost or altered unseen, what the tables hold is counted and summed up
-- (store/sum.go).

CREATE TABLE lease_sum (
	one      INTEGER PRIMARY KEY CHECK (one = 1),
	n        INTEGER NOT NULL, -- leases in the table lease
	sum      INTEGER NOT NULL, -- of their CRC-32Cs, by exclusive or
	log_rows INTEGER NOT NULL, -- in the table lease_log at the last stop; -1: a server has written since
	log_last INTEGER NOT NULL  -- the newest of them
);
INSERT INTO lease_sum VALUES (1, 0, 0, -1, 0);
