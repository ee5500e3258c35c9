-- The newest pause of this IP, so that a restart does not call into a ban. One row at most.
CREATE TABLE pause (
  id           INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  paused_until INTEGER NOT NULL, -- epoch milliseconds, UTC
  reason       TEXT    NOT NULL
) STRICT;
