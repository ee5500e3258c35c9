-- What agents share at all replicas, and one order for the audits of all. A replica of the version before can go on beside it.

-- Calls of agents that wait for a person, each at one member. A decision is made once, while the call waits and its member lives.
CREATE TABLE approval (
  id         text        COLLATE "C" NOT NULL PRIMARY KEY,
  member     text        COLLATE "C" NOT NULL, -- where the call waits
  client     text        NOT NULL,             -- whose agent calls
  session    text        NOT NULL,             -- its fingerprint
  tool       text        NOT NULL,
  account    text,                             -- NULL: concerns no account
  arguments  text[]      NOT NULL,             -- their names
  reason     text        NOT NULL,             -- of the policy
  asked_at   timestamptz NOT NULL,
  until      timestamptz NOT NULL,
  approved   boolean,                          -- NULL: not decided
  rejection  text                              -- the reason of a person; NULL for none
);

-- Whether a call can be decided: it waits, and its member would carry it out.
CREATE FUNCTION waits(approval) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT $1.approved IS NULL AND $1.until > now()
    AND EXISTS (SELECT FROM member WHERE member.id = $1.member AND member.until > now())
$$;

-- Adds a call, unless too many wait; returns whether it did. One after the other, so that each sees those before it.
CREATE FUNCTION add_approval(added approval, patience_millis bigint, most integer, most_of_client integer) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock('approval'::regclass::oid::bigint);
  IF (SELECT count(*) FROM approval AS call WHERE waits(call)) >= most
      OR (SELECT count(*) FROM approval AS call WHERE client = added.client AND waits(call)) >= most_of_client THEN
    RETURN false;
  END IF;
  added.asked_at := clock_timestamp();
  added.until := added.asked_at + patience_millis * interval '1 millisecond';
  INSERT INTO approval SELECT added.*;
  RETURN true;
END
$$;

-- The used quota of limits of scope server, in the newest window that had a call.
CREATE TABLE quota (
  counter  text        COLLATE "C" NOT NULL,
  "window" text        COLLATE "C" NOT NULL,   -- minute, hour or day
  began    timestamptz NOT NULL,
  used     integer     NOT NULL,
  PRIMARY KEY (counter, "window")
);

-- Takes one call from each of the limits, or, when some are used up, from none; then names these by their number, from 1. In one
-- statement, so that no process that stops halfway keeps others waiting.
CREATE FUNCTION take_quota(counters text[], windows text[], most integer[], OUT at timestamptz, OUT used_up integer[])
LANGUAGE plpgsql AS $$
BEGIN
  -- Locks the rows, all in the same order, so that two calls never wait for each other.
  INSERT INTO quota (counter, "window", began, used)
    SELECT DISTINCT c, w, '-infinity'::timestamptz, 0 FROM unnest(counters, windows) AS asked (c, w) ORDER BY c, w
    ON CONFLICT (counter, "window") DO UPDATE SET used = quota.used;
  at := clock_timestamp();
  -- After the clock was set back a window moves along with its use.
  UPDATE quota
    SET used = CASE WHEN began < date_trunc("window", at, 'UTC') THEN 0 ELSE used END, began = date_trunc("window", at, 'UTC')
    WHERE (counter, "window") IN (SELECT c, w FROM unnest(counters, windows) AS asked (c, w));
  SELECT array_agg(n ORDER BY n) INTO used_up
    FROM unnest(counters, windows, most) WITH ORDINALITY AS asked (c, w, m, n) JOIN quota ON counter = c AND "window" = w
    WHERE used >= m;
  IF used_up IS NULL THEN
    UPDATE quota SET used = used + 1
      WHERE (counter, "window") IN (SELECT c, w FROM unnest(counters, windows) AS asked (c, w));
  END IF;
END
$$;

-- The place of a row among those of all replicas. It is given when somebody reads the audit, since only then all rows before it
-- are known: a reader that goes on from a place misses no row that is written later, whatever its time.
ALTER TABLE audit ADD COLUMN place bigint CHECK (place > 0); -- NULL: not read yet
CREATE UNIQUE INDEX audit_by_place ON audit (place);
CREATE INDEX audit_without_place ON audit (at, replica, seq) WHERE place IS NULL;

-- One row.
CREATE TABLE audit_place (
  id   integer NOT NULL PRIMARY KEY CHECK (id = 1),
  last bigint  NOT NULL                        -- the newest place given
);
INSERT INTO audit_place (id, last) VALUES (1, 0);

-- Gives places to rows that have none, by time, then replica and row. Returns to how many.
CREATE FUNCTION place_audit_rows(most integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  newest bigint;
  placed integer;
BEGIN
  IF NOT EXISTS (SELECT FROM audit WHERE place IS NULL) THEN
    RETURN 0;
  END IF;
  SELECT last INTO STRICT newest FROM audit_place WHERE id = 1 FOR UPDATE;
  -- It sees what another call has placed that held the lock. A row that is being pruned gets no place and is not waited for; the
  -- others are locked before they are numbered, so that no number is left out.
  WITH oldest AS MATERIALIZED (
    SELECT at, replica, seq FROM audit WHERE place IS NULL ORDER BY at, replica, seq LIMIT most FOR UPDATE SKIP LOCKED
  ), next AS (
    SELECT replica AS r, seq AS s, row_number() OVER (ORDER BY at, replica, seq) AS n FROM oldest
  )
  UPDATE audit SET place = newest + n FROM next WHERE replica = r AND seq = s;
  GET DIAGNOSTICS placed = ROW_COUNT;
  UPDATE audit_place SET last = newest + placed WHERE id = 1;
  RETURN placed;
END
$$;

-- A place is given once; nothing else of a row changes.
CREATE OR REPLACE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.place IS NULL AND (NEW.replica, NEW.seq, NEW.at, NEW.client, NEW.action, NEW.account, NEW.result, NEW.hash)
      IS NOT DISTINCT FROM (OLD.replica, OLD.seq, OLD.at, OLD.client, OLD.action, OLD.account, OLD.result, OLD.hash) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a row of the audit is never changed';
END
$$;

-- When a chain was found without a row; NULL while it has some. Its ends are kept for a year more.
ALTER TABLE audit_chain ADD COLUMN emptied_at timestamptz;
