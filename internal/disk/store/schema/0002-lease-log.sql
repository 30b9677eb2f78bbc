-- Leases are first appended to a log, all of one commit as one row: what a
-- commit costs then does not grow with the number of leases. When the server
-- has nothing better to do they move on to the table (docs/decisions/0016).

ALTER TABLE lease RENAME TO lease_old;

CREATE TABLE lease_log (
	id   INTEGER PRIMARY KEY,
	n    INTEGER NOT NULL, -- leases in body
	body BLOB    NOT NULL  -- store/leaselog.go
);

CREATE TABLE lease (
	address   INTEGER PRIMARY KEY, -- IPv4
	bits      INTEGER NOT NULL,    -- of the subnet's prefix; -1: none
	mac       INTEGER NOT NULL,
	client_id BLOB,
	host_name TEXT    NOT NULL,
	machine   TEXT    NOT NULL,
	state     TEXT    NOT NULL,
	start     INTEGER NOT NULL,
	expires   INTEGER NOT NULL
);

-- For people at an SQLite prompt; not what is still in the log.
CREATE VIEW lease_text AS SELECT
	printf('%d.%d.%d.%d', address>>24, (address>>16)&255, (address>>8)&255, address&255) AS address,
	printf('%02x:%02x:%02x:%02x:%02x:%02x', mac>>40, (mac>>32)&255, (mac>>24)&255, (mac>>16)&255, (mac>>8)&255, mac&255) AS mac,
	host_name, machine, state,
	datetime(start/1000000000, 'unixepoch') AS start, datetime(expires/1000000000, 'unixepoch') AS expires
FROM lease;
