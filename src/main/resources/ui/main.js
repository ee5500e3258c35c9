// Starts here: sign in, follow the daemon, draw.
import { CallFailed, LeaseFetcher, allLeases, call, whenUnauthorized } from "./api.js";
import { openLift } from "./actions.js";
import * as alarm from "./alarm.js";
import { Approvals } from "./approvals.js";
import { Detail } from "./detail.js";
import { Connection } from "./connection.js";
import { EventLog } from "./events.js";
import { Gate } from "./gate.js";
import { Gauges, readStatus } from "./gauges.js";
import { Glance } from "./glance.js";
import { closeDialogs } from "./dialog.js";
import { Leases } from "./leases.js";
import { LeaseList, shownOf } from "./list.js";
import { Polls } from "./poll.js";
import * as session from "./session.js";
import { Stream } from "./stream.js";
import { say } from "./text.js";
import { learnClock, tick } from "./time.js";
import { openWhatIf } from "./whatif.js";

const STATUS_EVERY = 3000;
const APPROVALS_EVERY = 2000;
const ADVICE_EVERY = 4000;
const STORY_EVERY = 5000;
const SECOND = 1000;

const at = (id) => document.getElementById(id);
const leases = new Leases();
const fetcher = new LeaseFetcher((lease) => put(lease), (account) => { leases.remove(account); changed(); });
const log = new EventLog(at("events"), at("events-empty"), open);
const list = new LeaseList(at("list"), leases, { onOpen: open, refresh: (account) => fetcher.ask(account) });
const detail = new Detail(at("detail"), leases, { onClose: close, onLease: put });
const gauges = new Gauges(at("gauges"), at("notices"), { lift: () => openLift(pollStatus), whatIf: () => openWhatIf(null) });
const glance = new Glance(
  { section: at("glance"), headline: at("headline"), subline: at("subline"), remedy: at("remedy"), filters: at("filters") },
  leases, { onOpen: open, onFilter: (status) => show({ status }) });
const approvals = new Approvals(at("approvals"), at("approvals-list"), leases, {
  onWaiting: alarm.callsWait, refresh: (account) => fetcher.ask(account),
});
const connection = new Connection(at("connection"));
const gate = new Gate({ enter, leave, connect });

let stream = null;
const polls = new Polls();
let status = null;
let synced = false;
let epoch = 0;
let drawn = { urgent: null, counts: null };

// --- in and out

function enter() {
  leave();
  const reads = session.may("read");
  if (reads) {
    stream = new Stream(onEvent, connect);
    stream.run();
    polls.every(STATUS_EVERY, pollStatus);
    polls.every(ADVICE_EVERY, () => glance.advise(drawn.urgent).catch(() => {}));
    polls.every(STORY_EVERY, () => detail.read());
    openFromAddress();
  }
  if (session.may("approve")) {
    polls.every(APPROVALS_EVERY, pollApprovals);
  } else if (!reads) {
    connection.set({ state: "nothing" });
  }
  polls.every(SECOND, draw);
}

function leave() {
  stream?.stop();
  stream = null;
  polls.stop();
  leases.clear();
  [log, approvals, glance, gauges].forEach((part) => part.clear());
  detail.close();
  list.draw();
  say(at("shown"), "");
  closeDialogs();
  drawn = { urgent: null, counts: null };
  status = null;
  synced = false;
  alarm.showTitle(null, true);
}

// --- what the daemon says

function onEvent(type, data) {
  if (type === "open") {
    epoch = leases.begin();
  } else if (type === "lease") {
    leases.put(data);
  } else if (type === "sync") {
    if (data.resumed) {
      reload();
    } else {
      leases.end(epoch);
      // Not the first state of this page: what happened since the last one is not known.
      synced && log.gap();
    }
    synced = true;
  } else {
    log.add(data);
    if (data.account) {
      leases.apply(data);
      if (data.type === "paused") {
        fetcher.ask(data.account);
      }
      if (data.account === detail.account && data.type !== "renewed") {
        detail.read();
      }
    } else {
      pollStatus();
    }
  }
  changed();
}

/** Renewals are not repeated to a page that comes back: it reads all leases. */
async function reload() {
  try {
    const reading = leases.begin();
    for await (const page of allLeases()) {
      page.forEach((lease) => leases.put(lease));
    }
    leases.end(reading);
    changed();
  } catch {
    // The stream notices, too, and the next connection begins anew.
  }
}

function put(lease) {
  if (polls.running) {
    leases.put(lease);
    changed();
  }
}

async function pollStatus() {
  const sentAt = Date.now();
  try {
    const next = await readStatus();
    if (!polls.running) {
      return;
    }
    status = next;
    learnClock(status.at, sentAt, Date.now());
    gauges.draw(status);
    if (synced && leases.differFrom(status.leases)) {
      reload();
    }
    changed();
  } catch {
    polls.running && gauges.fail();
  }
}

async function pollApprovals() {
  try {
    await approvals.read();
    if (!session.may("read")) {
      connection.set({ state: "live" });
    }
  } catch (failure) {
    if (!session.may("read") && failure instanceof CallFailed && failure.status !== 401) {
      connection.set({ state: "lost" });
    }
  }
}

function connect(next) {
  if (next.state === "refused") {
    // The token is unknown by now, or has lost its scope: ask who this is.
    gate.start();
  } else {
    connection.set(next);
  }
}

// --- what is shown

let asked = false;

function changed() {
  if (!asked) {
    asked = true;
    setTimeout(() => { asked = false; draw(); }, 100);
  }
}

function draw() {
  connection.draw();
  tick();
  approvals.draw();
  if (synced) {
    const before = drawn.urgent;
    drawn = glance.draw(status);
    say(at("shown"), shownOf(leases.rows().length, leases.size));
    detail.draw();
    if (drawn.urgent !== before) {
      glance.advise(drawn.urgent).catch(() => {});
    }
  }
  list.draw();
  alarm.showTitle(synced ? drawn.counts : null, !connection.isLost);
}

function show(view) {
  leases.show(view);
  at("list").querySelector(".grid").scrollTop = 0;
  draw();
}

function open(account) {
  history.replaceState(null, "", "#" + encodeURIComponent(account));
  list.select(account);
  detail.open(account);
}

function close() {
  history.replaceState(null, "", location.pathname);
  detail.close();
  list.select(null);
  list.focus();
}

function openFromAddress() {
  const account = location.hash.slice(1);
  if (/^[a-z0-9][a-z0-9_-]{0,62}$/.test(account)) {
    open(account);
  }
}

whenUnauthorized(() => polls.running && gate.askForToken("This token is no longer valid."));
at("search").addEventListener("input", (event) => show({ search: event.target.value }));
at("order").addEventListener("change", (event) => show({ order: event.target.value }));
addEventListener("online", () => stream?.retry());
addEventListener("hashchange", openFromAddress);
document.addEventListener("visibilitychange", () => document.hidden || stream?.retry());
alarm.bindSound(at("sound"));
gate.start();
