-- The leases that several replicas share. Instants of the leases are epoch milliseconds, UTC, and secrets are encrypted as
-- SecretCipher describes, both as in the SQLite schema (db/migration). Instants of the fleet are timestamps of this database.
-- Names of accounts compare byte by byte, whatever the language of the database.

-- One row for each running replica. It is live while "until" is in the future, and moves that forward every second.
CREATE TABLE member (
  id         text        COLLATE "C" NOT NULL PRIMARY KEY, -- of one process; '' is nobody
  replica    text        NOT NULL,                         -- its configured name
  started_at timestamptz NOT NULL DEFAULT now(),
  until      timestamptz NOT NULL,
  lapses     integer     NOT NULL,                         -- how often it came back after its end
  leases     integer     NOT NULL,                         -- as it reported last
  weight     integer     NOT NULL
);

-- Which member owns an account. An account has a claim from its first registration on, with or without a lease. A claim holds
-- while its owner lives; it is free when the owner has no row in the table member.
CREATE TABLE claim (
  account       text        COLLATE "C" NOT NULL PRIMARY KEY,
  owner         text        COLLATE "C" NOT NULL, -- id of a member, alive or not; '' for none
  wanted_by     text        COLLATE "C",          -- id of the member that asks the owner for it
  leased        boolean     NOT NULL DEFAULT false, -- whether there is a lease; set by the triggers of the table lease
  ended_version bigint      NOT NULL DEFAULT 0,   -- version of the last lease that has ended
  changed       xid8        NOT NULL DEFAULT pg_current_xact_id(),
  changed_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX claim_by_owner ON claim (owner) WHERE leased;
CREATE INDEX claim_by_change ON claim (changed);
CREATE INDEX claim_without_lease ON claim (changed_at) WHERE NOT leased;

-- One row for each lease. Only the owner of its claim writes it.
CREATE TABLE lease (
  account             text    COLLATE "C" NOT NULL PRIMARY KEY REFERENCES claim (account),
  registered_at       bigint  NOT NULL, -- tells two registrations of one account apart
  version             bigint  NOT NULL, -- grows with every change, and by a second's worth with every other owner
  on_loss             text    NOT NULL CHECK (on_loss IN ('RECREATE', 'REPORT')),
  holders             text    NOT NULL, -- each as holder@client, comma between them
  api_key             bytea,            -- NULL: the configuration has it

  -- The newest listen key, alive or lost; all NULL before the first.
  listen_key          bytea,
  generation          integer NOT NULL, -- 0 before the first key, +1 with each other key
  last_success_at     bigint,           -- start of the last successful call
  confirmed_at        bigint,           -- when the exchange last named this key as the active one
  checked_at          bigint,           -- start of the last check that found it alive
  expires_at          bigint,

  state               text    NOT NULL CHECK (state IN ('PENDING', 'ACTIVE', 'RETRYING', 'RECOVERING', 'LOST')),
  next_attempt_at     bigint,           -- NULL: no further attempt
  failures            integer NOT NULL, -- failed attempts in a row
  state_since         bigint,           -- RETRYING: first failure; RECOVERING and LOST: when the loss was declared
  adopted_key         bytea,            -- PENDING: the key that the caller says it has

  -- The pause of this account, which holds up its state; all NULL without one.
  pause_since         bigint,
  pause_until         bigint,
  pause_reason        text,             -- by the person who wanted it

  -- The last failed attempt; all NULL without one.
  failure_at          bigint,
  failure_reason      text,
  failure_http_status integer,
  failure_code        integer,          -- of the exchange, such as -1125
  failure_message     text,

  -- The last loss, as in the table loss, which may have forgotten it; all NULL without one.
  loss_seq            bigint,
  loss_cause          text,
  lost_at             bigint,
  loss_noticed_at     bigint,
  recovered_at        bigint,
  lost_fingerprint    text,
  new_fingerprint     text,

  changed             xid8    NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX lease_by_change ON lease (changed);

-- Losses and rotations of keys, those of ended leases included. The oldest ones are pruned.
CREATE TABLE loss (
  account          text   COLLATE "C" NOT NULL,
  seq              bigint NOT NULL,   -- the lease's version when it was noticed
  cause            text   NOT NULL,
  last_known_alive bigint NOT NULL,
  noticed_at       bigint NOT NULL,
  recovered_at     bigint,            -- NULL: no live key since
  fingerprint      text   NOT NULL,
  new_fingerprint  text,
  PRIMARY KEY (account, seq)
);
CREATE INDEX loss_by_age ON loss (noticed_at);

-- The newest pause of the IP address of each replica, by its name.
CREATE TABLE pause (
  replica      text   NOT NULL PRIMARY KEY,
  paused_until bigint NOT NULL,
  reason       text   NOT NULL
);

-- The newest events of each member, for the subscribers of the others.
CREATE TABLE event (
  member         text    COLLATE "C" NOT NULL,
  seq            bigint  NOT NULL,
  id             text    NOT NULL,
  at             bigint  NOT NULL,
  type           text    NOT NULL,
  account        text    COLLATE "C",
  revision       bigint,              -- version of the lease
  status         text,
  generation     integer,
  fingerprint    text,
  expires_at     bigint,
  cause          text,                -- of the loss that the event tells, with what to reconcile; all NULL without one
  reconcile_from bigint,
  reconcile_to   bigint,
  changed        xid8    NOT NULL DEFAULT pg_current_xact_id(),
  PRIMARY KEY (member, seq)
);
CREATE INDEX event_by_change ON event (changed);

-- Events on their way to webhooks. A row leaves when its event was delivered or given up.
CREATE TABLE delivery (
  id             text    NOT NULL,    -- of the event
  webhook        text    NOT NULL,
  owner          text    COLLATE "C" NOT NULL, -- id of the member that delivers it
  seq            bigint  NOT NULL,
  at             bigint  NOT NULL,
  type           text    NOT NULL,
  account        text    COLLATE "C",
  revision       bigint,
  status         text,
  generation     integer,
  fingerprint    text,
  expires_at     bigint,
  cause          text,
  reconcile_from bigint,
  reconcile_to   bigint,
  PRIMARY KEY (id, webhook)
);
CREATE INDEX delivery_by_owner ON delivery (owner);
CREATE INDEX delivery_by_account ON delivery (account);

-- The audit, a chain for each replica by its name. Rows are only added, and the oldest ones pruned.
CREATE TABLE audit (
  replica text   COLLATE "C" NOT NULL,
  seq     bigint NOT NULL,            -- without gaps
  at      bigint NOT NULL,
  client  text   NOT NULL,
  action  text   NOT NULL,
  account text,                       -- NULL: concerns no account
  result  text   NOT NULL,
  hash    text   NOT NULL,            -- over the hash before and this row, as AuditRow describes
  PRIMARY KEY (replica, seq)
);

-- Both ends of each chain.
CREATE TABLE audit_chain (
  replica   text   COLLATE "C" NOT NULL PRIMARY KEY,
  base_seq  bigint NOT NULL,          -- the row before the oldest one that is kept
  base_hash text   NOT NULL,
  head_seq  bigint NOT NULL,          -- the newest row
  head_hash text   NOT NULL
);

-- A known text, encrypted with the key that encrypts secrets, so that a replica with another key does not start. One row.
CREATE TABLE secrets_check (
  id      integer NOT NULL PRIMARY KEY CHECK (id = 1),
  content bytea   NOT NULL
);

-- A poll reads the rows whose transaction it has not seen yet, whatever the order in which transactions end.
CREATE FUNCTION mark_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.changed := pg_current_xact_id();
  RETURN NEW;
END
$$;
CREATE TRIGGER lease_changed BEFORE INSERT OR UPDATE ON lease FOR EACH ROW EXECUTE FUNCTION mark_changed();
CREATE TRIGGER event_changed BEFORE INSERT OR UPDATE ON event FOR EACH ROW EXECUTE FUNCTION mark_changed();

CREATE FUNCTION mark_claim_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.changed := pg_current_xact_id();
  NEW.changed_at := now();
  RETURN NEW;
END
$$;
CREATE TRIGGER claim_changed BEFORE INSERT OR UPDATE ON claim FOR EACH ROW EXECUTE FUNCTION mark_claim_changed();

-- No lease ends without leaving its version, from which the next one goes on.
CREATE FUNCTION mark_leased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    UPDATE claim SET leased = true WHERE account = NEW.account;
  ELSE
    UPDATE claim SET leased = false, ended_version = greatest(ended_version, OLD.version) WHERE account = OLD.account;
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER lease_begins_or_ends AFTER INSERT OR DELETE ON lease FOR EACH ROW EXECUTE FUNCTION mark_leased();

-- The triggers guard against accidental changes by hand. They can be dropped; the chain still shows a change.
CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a row of the audit is never changed';
END
$$;
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();

CREATE FUNCTION refuse_audit_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.seq > coalesce((SELECT base_seq FROM audit_chain WHERE replica = OLD.replica), 0) THEN
    RAISE EXCEPTION 'a row of the audit is only pruned';
  END IF;
  RETURN OLD;
END
$$;
CREATE TRIGGER audit_is_only_pruned BEFORE DELETE ON audit FOR EACH ROW EXECUTE FUNCTION refuse_audit_delete();
