-- Times are nanoseconds since 1970 in UTC; 0 is "not known".

CREATE TABLE lease (
	subnet    TEXT    NOT NULL,
	address   TEXT    NOT NULL,
	mac       TEXT    NOT NULL,
	client_id BLOB,
	host_name TEXT    NOT NULL,
	machine   TEXT    NOT NULL,
	state     TEXT    NOT NULL,
	start     INTEGER NOT NULL,
	expires   INTEGER NOT NULL,
	PRIMARY KEY (subnet, address)
) WITHOUT ROWID;

-- A machine holds at most one address of a subnet at a time. A client without
-- a hardware address is known by its client-id only and is left out.
CREATE UNIQUE INDEX lease_active ON lease (subnet, mac)
	WHERE state = 'active' AND mac <> '00:00:00:00:00:00';

CREATE TABLE machine (
	name TEXT PRIMARY KEY,
	body TEXT NOT NULL -- core/machine.Machine as JSON
) WITHOUT ROWID;

CREATE TABLE machine_mac (
	mac  TEXT PRIMARY KEY,
	name TEXT NOT NULL REFERENCES machine (name) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX machine_mac_name ON machine_mac (name);

CREATE TABLE image (
	name TEXT PRIMARY KEY,
	body TEXT NOT NULL -- core/image.Image as JSON
) WITHOUT ROWID;

CREATE TABLE attempt (
	id         INTEGER PRIMARY KEY,
	machine    TEXT    NOT NULL,
	profile    TEXT    NOT NULL,
	image      TEXT    NOT NULL,
	state      TEXT    NOT NULL,
	stalled_in TEXT    NOT NULL,
	why        TEXT    NOT NULL,
	token      TEXT    NOT NULL UNIQUE,
	armed      INTEGER NOT NULL,
	started    INTEGER NOT NULL,
	ended      INTEGER NOT NULL,
	last_step  TEXT    NOT NULL,
	last_text  TEXT    NOT NULL,
	last_at    INTEGER NOT NULL,
	bytes      INTEGER NOT NULL,
	files      INTEGER NOT NULL,
	boots      INTEGER NOT NULL,
	question   TEXT    NOT NULL
);

-- AUTOINCREMENT: a number is never given twice, also after pruning.
CREATE TABLE event (
	id       INTEGER PRIMARY KEY AUTOINCREMENT,
	at       INTEGER NOT NULL,
	machine  TEXT    NOT NULL,
	attempt  INTEGER NOT NULL,
	step     TEXT    NOT NULL,
	text     TEXT    NOT NULL,
	path     TEXT    NOT NULL,
	bytes    INTEGER NOT NULL,
	failed   INTEGER NOT NULL,
	firmware TEXT    NOT NULL,
	question TEXT    NOT NULL,
	answered INTEGER NOT NULL
);
CREATE INDEX event_attempt ON event (attempt, id);
CREATE INDEX event_machine ON event (machine, id);

CREATE TABLE content (
	sha256 BLOB PRIMARY KEY,
	bytes  BLOB NOT NULL
);

CREATE TABLE document (
	id      INTEGER PRIMARY KEY,
	attempt INTEGER NOT NULL,
	name    TEXT    NOT NULL,
	at      INTEGER NOT NULL,
	sha256  BLOB    NOT NULL REFERENCES content (sha256),
	UNIQUE (attempt, name, sha256)
);
