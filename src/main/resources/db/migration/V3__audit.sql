-- Who did what, when, and what came of it. Rows are only added, and the oldest pruned.
CREATE TABLE audit (
  seq     INTEGER NOT NULL PRIMARY KEY, -- without gaps
  at      INTEGER NOT NULL,             -- epoch milliseconds, UTC
  client  TEXT    NOT NULL,
  action  TEXT    NOT NULL,
  account TEXT,
  result  TEXT    NOT NULL,
  hash    TEXT    NOT NULL              -- over the hash before and this row, as AuditRow writes it
) STRICT;

-- Both ends of the chain: the row before the oldest one kept, and the newest one. One row.
CREATE TABLE audit_chain (
  id        INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  base_seq  INTEGER NOT NULL,
  base_hash TEXT    NOT NULL,
  head_seq  INTEGER NOT NULL,
  head_hash TEXT    NOT NULL
) STRICT;
INSERT INTO audit_chain VALUES (1, 0, '', 0, '');

-- Against slips of whoever opens the file with SQLite. Who means it drops them; the chain then tells.
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN
  SELECT RAISE(ABORT, 'a row of the audit is never changed');
END;
CREATE TRIGGER audit_is_only_pruned BEFORE DELETE ON audit
WHEN OLD.seq > (SELECT base_seq FROM audit_chain)
BEGIN
  SELECT RAISE(ABORT, 'a row of the audit is only pruned');
END;
