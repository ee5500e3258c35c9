-- All instants are epoch milliseconds, UTC. Secrets are BLOBs, encrypted as SecretCipher describes.

-- One row for each lease.
CREATE TABLE lease (
  account             TEXT    NOT NULL PRIMARY KEY,
  registered_at       INTEGER NOT NULL, -- tells two registrations of one account apart
  version             INTEGER NOT NULL, -- grows with every change
  on_loss             TEXT    NOT NULL CHECK (on_loss IN ('RECREATE', 'REPORT')),
  holders             TEXT    NOT NULL, -- each as holder@client, comma between them
  api_key             BLOB,             -- NULL: the configuration has it

  -- The newest listen key, alive or lost; all NULL before the first.
  listen_key          BLOB,
  generation          INTEGER NOT NULL, -- 0 before the first key, +1 with each other key
  last_success_at     INTEGER,          -- start of the last successful call
  confirmed_at        INTEGER,          -- when the exchange last named this key as the active one
  checked_at          INTEGER,          -- start of the last check that found it alive
  expires_at          INTEGER,

  state               TEXT    NOT NULL CHECK (state IN ('PENDING', 'ACTIVE', 'RETRYING', 'RECOVERING', 'LOST')),
  next_attempt_at     INTEGER,          -- NULL: no further attempt
  failures            INTEGER NOT NULL, -- failed attempts in a row
  state_since         INTEGER,          -- RETRYING: first failure; RECOVERING and LOST: when the loss was declared
  adopted_key         BLOB,             -- PENDING: the key that the caller says it has

  -- The pause of this account, which holds up its state; all NULL without one.
  pause_since         INTEGER,
  pause_until         INTEGER,
  pause_reason        TEXT,             -- by the person who wanted it

  -- The last failed attempt; all NULL without one.
  failure_at          INTEGER,
  failure_reason      TEXT,
  failure_http_status INTEGER,
  failure_code        INTEGER,          -- of the exchange, such as -1125
  failure_message     TEXT,

  -- The last loss, as in the table loss, which may have forgotten it; all NULL without one.
  loss_seq            INTEGER,
  loss_cause          TEXT,
  lost_at             INTEGER,
  loss_noticed_at     INTEGER,
  recovered_at        INTEGER,
  lost_fingerprint    TEXT,
  new_fingerprint     TEXT
) STRICT, WITHOUT ROWID;

-- Losses and rotations of keys, those of ended leases included. The oldest ones are pruned.
CREATE TABLE loss (
  account          TEXT    NOT NULL,
  seq              INTEGER NOT NULL,  -- the lease's version when it was noticed
  cause            TEXT    NOT NULL,
  last_known_alive INTEGER NOT NULL,
  noticed_at       INTEGER NOT NULL,
  recovered_at     INTEGER,           -- NULL: no live key since
  fingerprint      TEXT    NOT NULL,
  new_fingerprint  TEXT,
  PRIMARY KEY (account, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX loss_by_age ON loss (noticed_at);

-- The newest pause of this IP address, so that a restart does not call during a ban. One row at most.
CREATE TABLE pause (
  id           INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  paused_until INTEGER NOT NULL,
  reason       TEXT    NOT NULL
) STRICT;

-- The newest events, for subscribers that come back. Those that concern all leases have no account.
CREATE TABLE event (
  seq            INTEGER NOT NULL PRIMARY KEY,
  at             INTEGER NOT NULL,
  type           TEXT    NOT NULL,
  account        TEXT,
  revision       INTEGER,               -- version of the lease
  status         TEXT,
  generation     INTEGER,
  fingerprint    TEXT,
  expires_at     INTEGER,
  cause          TEXT,                  -- of the loss that the event tells, with what to reconcile; all NULL without one
  reconcile_from INTEGER,
  reconcile_to   INTEGER
) STRICT;

-- Events on their way to webhooks, as in the table event, which may have forgotten them. A row leaves when its event was
-- delivered or given up.
CREATE TABLE delivery (
  seq            INTEGER NOT NULL,
  webhook        TEXT    NOT NULL,
  at             INTEGER NOT NULL,
  type           TEXT    NOT NULL,
  account        TEXT,
  revision       INTEGER,
  status         TEXT,
  generation     INTEGER,
  fingerprint    TEXT,
  expires_at     INTEGER,
  cause          TEXT,
  reconcile_from INTEGER,
  reconcile_to   INTEGER,
  PRIMARY KEY (seq, webhook)
) STRICT, WITHOUT ROWID;

-- The audit. Rows are only added, and the oldest ones pruned.
CREATE TABLE audit (
  seq     INTEGER NOT NULL PRIMARY KEY, -- without gaps
  at      INTEGER NOT NULL,
  client  TEXT    NOT NULL,
  action  TEXT    NOT NULL,
  account TEXT,                         -- NULL: concerns no account
  result  TEXT    NOT NULL,
  hash    TEXT    NOT NULL              -- over the hash before and this row, as AuditRow describes
) STRICT;

-- Both ends of the audit's chain. One row.
CREATE TABLE audit_chain (
  id        INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  base_seq  INTEGER NOT NULL,           -- the row before the oldest one that is kept
  base_hash TEXT    NOT NULL,
  head_seq  INTEGER NOT NULL,           -- the newest row
  head_hash TEXT    NOT NULL
) STRICT;
INSERT INTO audit_chain VALUES (1, 0, '', 0, '');

-- The triggers stop slips of a person who opens the file with SQLite. Dropping them helps nobody: the chain shows the change.
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN
  SELECT RAISE(ABORT, 'a row of the audit is never changed');
END;
CREATE TRIGGER audit_is_only_pruned BEFORE DELETE ON audit
WHEN OLD.seq > (SELECT base_seq FROM audit_chain)
BEGIN
  SELECT RAISE(ABORT, 'a row of the audit is only pruned');
END;
