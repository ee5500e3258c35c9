-- One row a lease. Instants are epoch milliseconds, UTC. Secrets are BLOBs in the form that SecretColumn writes.
CREATE TABLE lease (
  account             TEXT    NOT NULL PRIMARY KEY,
  registered_at       INTEGER NOT NULL,
  on_loss             TEXT    NOT NULL,
  holders             TEXT    NOT NULL, -- each as holder@client, comma between them
  api_key             BLOB,             -- NULL for an account of the configuration
  generation          INTEGER NOT NULL,
  listen_key          BLOB,
  last_success_at     INTEGER,
  confirmed_at        INTEGER,
  expires_at          INTEGER,
  state               TEXT    NOT NULL,
  next_attempt_at     INTEGER,
  failures            INTEGER NOT NULL,
  state_since         INTEGER,
  adopted_key         BLOB,
  failure_at          INTEGER,
  failure_reason      TEXT,
  failure_http_status INTEGER,
  failure_code        INTEGER,
  failure_message     TEXT,
  loss_cause          TEXT,
  lost_at             INTEGER,
  recovered_at        INTEGER,
  lost_fingerprint    TEXT,
  version             INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
