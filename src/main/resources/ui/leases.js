// All leases that this page knows, counted, filtered and ordered.
import { now, parse } from "./time.js";

/** The worst first. */
export const STATUSES = ["LOST", "AT_RISK", "RETRYING", "PENDING", "PAUSED", "ACTIVE"];

export const WORDS = {
  LOST: "lost",
  AT_RISK: "at risk",
  RETRYING: "retrying",
  PENDING: "pending",
  PAUSED: "paused",
  ACTIVE: "active",
};

/** A pause does not hide a key that is dead, or that dies before the pause is over. */
export function troubleOf(lease) {
  if (lease.status !== "PAUSED") {
    return lease.status;
  }
  const dies = parse(lease.expiresAt);
  const until = parse(lease.pause?.until);
  return dies === null || dies <= now() ? "PAUSED_DEAD" : until !== null && dies < until ? "PAUSED_DYING" : "PAUSED";
}

/** A lease whose next call should have been made this long ago has changed without an event, or soon will; in milliseconds. */
const OVERDUE = 5000;
/** A lease that many events tell of is asked for once in this time. */
const BREATHER = 500;
/** Polls in a row whose counts differ from the daemon's before all leases are read again. */
const MOST_DIFFERENCES = 3;

function by(key) {
  return (one, other) => {
    const left = key(one);
    const right = key(other);
    return left < right ? -1 : left > right ? 1 : one.account < other.account ? -1 : 1;
  };
}

const ORDERS = {
  trouble: by((lease) => STATUSES.indexOf(lease.status)),
  deadline: by((lease) => parse(lease.expiresAt) ?? 0),
  account: by((lease) => lease.account),
};

/** Those that have no key to save come last. */
const soonest = by((lease) => parse(lease.expiresAt) ?? Infinity);

export class Leases {
  #map = new Map();
  #epoch = 0;
  #ordered = null;
  #statuses = new Differences();
  #owners = new Differences();
  #view = { search: "", status: null, order: "trouble" };

  /** The state comes anew: what is not put again until `end` of what this returns is gone. */
  begin() {
    return ++this.#epoch;
  }

  /** Does nothing when the state has begun to come anew once more, and returns whether that is not so. */
  end(epoch) {
    for (const [account, lease] of epoch === this.#epoch ? this.#map : []) {
      if (lease.epoch !== epoch) {
        this.#map.delete(account);
      }
    }
    this.#ordered = null;
    return epoch === this.#epoch;
  }

  /** A lease as the API shows it, unless something newer is known. */
  put(lease) {
    const known = this.#map.get(lease.account);
    if (known && known.revision > lease.revision) {
      known.epoch = this.#epoch;
      return;
    }
    this.#change(known, { ...lease, replica: lease.replica ?? null, epoch: this.#epoch, stale: false, askedAt: performance.now() });
  }

  /** A change that an event tells of. The rest of the lease is then stale. */
  apply(event) {
    const known = this.#map.get(event.account);
    if (event.type === "released") {
      this.remove(event.account);
    } else if (!known || known.revision <= event.revision) {
      const { revision, status, generation, fingerprint = null, expiresAt = null } = event;
      const base = known ?? { ...unknownLease(event.account), epoch: this.#epoch };
      this.#change(known, { ...base, revision, status, generation, fingerprint, expiresAt, stale: true });
    }
  }

  /** A known lease stays the same object, so that the order of before holds unless it depends on what has changed. */
  #change(known, next) {
    if (!known) {
      this.#map.set(next.account, next);
      this.#ordered = null;
      return;
    }
    const moved = known.status !== next.status || this.#view.order === "deadline" || this.#view.search !== "";
    Object.assign(known, next);
    if (moved) {
      this.#ordered = null;
    }
  }

  remove(account) {
    this.#map.delete(account);
    this.#ordered = null;
  }

  clear() {
    this.#map.clear();
    this.#ordered = null;
  }

  get(account) {
    return this.#map.get(account);
  }

  get size() {
    return this.#map.size;
  }

  /** Number of leases of each status, and of each trouble of the paused ones, which count as paused, too. */
  counts() {
    const counts = Object.fromEntries([...STATUSES, "PAUSED_DEAD", "PAUSED_DYING"].map((status) => [status, 0]));
    for (const lease of this.#map.values()) {
      const trouble = troubleOf(lease);
      counts[lease.status]++;
      counts[trouble] += trouble === lease.status ? 0 : 1;
    }
    return counts;
  }

  /** Told of the daemon's counts at each poll. Whether to read all leases again: the page corrects itself should it ever differ. */
  differFrom(counts) {
    const own = this.counts();
    return this.#statuses.persist(Object.entries(counts).some(([name, number]) => own[name] !== number));
  }

  /** As `differFrom`, of the number of leases that each replica owns: no event tells of another owner. */
  ownersDifferFrom(counts) {
    const own = {};
    for (const { replica } of this.#map.values()) {
      own[replica] = (own[replica] ?? 0) + 1;
    }
    const names = Object.keys({ ...counts, ...own }).filter((name) => name !== "null");
    return this.#owners.persist(names.some((name) => (own[name] ?? 0) !== (counts[name] ?? 0)));
  }

  /** The lease in this trouble whose key dies first, or the first by name; null when there is none. */
  mostUrgent(trouble) {
    let first = null;
    for (const lease of this.#map.values()) {
      if (troubleOf(lease) === trouble && (first === null || soonest(lease, first) < 0)) {
        first = lease;
      }
    }
    return first;
  }

  /** What to show from now on: members of the view that are left out stay. */
  show(view) {
    this.#view = { ...this.#view, ...view };
    this.#ordered = null;
  }

  get view() {
    return this.#view;
  }

  /** The leases to show, in order. */
  rows() {
    if (this.#ordered === null) {
      const words = this.#view.search.toLowerCase().split(/\s+/).filter((word) => word !== "");
      this.#ordered = [...this.#map.values()]
        .filter((lease) => this.#view.status === null || lease.status === this.#view.status)
        .filter((lease) => words.every((word) => matches(lease, word)))
        .sort(ORDERS[this.#view.order]);
    }
    return this.#ordered;
  }

  /** Whether to ask for the lease again before it is shown. Says so once, and again after a while. */
  needsRefresh(lease) {
    const due = parse(lease.nextAttemptAt);
    const overdue = due !== null && now() - due > OVERDUE;
    if (!(lease.stale || overdue) || performance.now() - lease.askedAt < (lease.stale ? BREATHER : OVERDUE)) {
      return false;
    }
    lease.askedAt = performance.now();
    return true;
  }
}

/** Counts polls in a row whose answers differ from what the page has. */
class Differences {
  #polls = 0;

  /** Whether that has lasted. */
  persist(differs) {
    this.#polls = differs && this.#polls < MOST_DIFFERENCES ? this.#polls + 1 : Number(differs);
    return this.#polls === MOST_DIFFERENCES;
  }
}

function matches(lease, word) {
  return lease.account.includes(word) || lease.holders.some((holder) => holder.toLowerCase().includes(word));
}

/** Until it is fetched. */
function unknownLease(account) {
  return {
    account, holders: [], revision: 0, status: "PENDING", lastFailure: null, lastLoss: null, nextAttemptAt: null,
    lastSuccessAt: null, replica: null, onLoss: "", failures: 0, attemptsLeft: 0, pause: null, stale: true, askedAt: -Infinity,
  };
}
