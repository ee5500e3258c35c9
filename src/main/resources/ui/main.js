// Starts here: sign in, follow the daemon, draw.
import { CallFailed, LeaseFetcher, whenUnauthorized } from "./api.js";
import { openLift } from "./actions.js";
import * as alarm from "./alarm.js";
import { Approvals } from "./approvals.js";
import { Detail } from "./detail.js";
import { Connection } from "./connection.js";
import { EventLog } from "./events.js";
import { Gauges, readStatus } from "./gauges.js";
import { Glance } from "./glance.js";
import { closeDialogs } from "./dialog.js";
import { LeaseSync } from "./lease-sync.js";
import { Leases } from "./leases.js";
import { LeaseList, shownOf } from "./list.js";
import { Polls } from "./poll.js";
import { Replicas } from "./replicas.js";
import * as session from "./session.js";
import { SharedStream } from "./shared-stream.js";
import { SignIn } from "./signin.js";
import { say } from "./text.js";
import { learnClock, tick } from "./time.js";
import { Upgrade, isTyping } from "./upgrade.js";
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
  { section: at("glance"), headline: at("headline"), announcement: at("headline-announcement"), subline: at("subline"), remedy: at("remedy"), filters: at("filters") },
  leases, { onOpen: open, onFilter: (status) => show({ status }) });
const approvals = new Approvals(at("approvals"), at("approvals-list"), leases, {
  onWaiting: (number) => { alarm.callsWait(number); showTitle(); }, refresh: (account) => fetcher.ask(account),
});
const sync = new LeaseSync(leases, log, {
  onChange: changed,
  refresh: (account) => fetcher.ask(account),
  onLeaseEvent: (event) => event.account === detail.account && event.type !== "renewed" && detail.read(),
  onDaemonEvent: () => pollStatus(),
});
const replicas = new Replicas(at("replicas"), { onOwners: (counts) => sync.synced && leases.ownersDifferFrom(counts) && sync.readAll() });
const upgrade = new Upgrade(at("upgrade"), () => !isTyping() && !approvals.waiting && !(session.may("approve") && alarm.isOn()));
const connection = new Connection(at("connection"));
const signIn = new SignIn({ enter, leave, connect });

let stream = null;
const polls = new Polls();
let status = null;
let approvalsMayHaveChanged = () => {};
let drawn = { urgent: null, counts: null };

// --- in and out

function enter() {
  leave();
  const reads = session.may("read");
  if (reads) {
    stream = new SharedStream(onEvent, connect);
    stream.run();
    polls.every(STATUS_EVERY, pollStatus);
    polls.every(ADVICE_EVERY, () => glance.advise(drawn.urgent).catch(() => {}));
    polls.every(STORY_EVERY, () => detail.read());
    polls.every(STATUS_EVERY, pollReplicas);
    openFromAddress();
  }
  if (session.may("approve")) {
    approvalsMayHaveChanged = polls.every(APPROVALS_EVERY, pollApprovals);
  } else if (!reads) {
    connection.set({ state: "nothing" });
  }
  polls.every(SECOND, draw);
}

function leave() {
  stream?.stop();
  stream = null;
  polls.stop();
  approvalsMayHaveChanged = () => {};
  [sync, log, approvals, glance, gauges, replicas].forEach((part) => part.clear());
  detail.close();
  list.draw();
  say(at("shown"), "");
  closeDialogs();
  drawn = { urgent: null, counts: null };
  status = null;
  list.showReplicas(false);
  alarm.showTitle(null, true);
}

// --- what the daemon says

function onEvent(type, data) {
  if (type === "beat") {
    // The daemon sends one when a call begins to wait. In a hidden tab it comes at once, other than the browser's timers.
    approvalsMayHaveChanged();
    return;
  }
  if (type === "sync") {
    replicas.reconnected();
    pollStatus();
  }
  sync.onEvent(type, data);
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
    upgrade.see(status.version);
    gauges.draw(status, replicas.answering);
    if (sync.synced && leases.differFrom(status.leases)) {
      sync.readAll();
    }
    changed();
  } catch {
    polls.running && gauges.fail();
  }
}

async function pollReplicas() {
  try {
    await replicas.read();
    list.showReplicas(replicas.shared);
  } catch {
    // The status tells that the daemon does not answer.
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
    signIn.start();
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
  if (sync.synced) {
    const before = drawn.urgent;
    drawn = glance.draw(status);
    say(at("shown"), shownOf(leases.rows().length, leases.size));
    detail.draw();
    if (drawn.urgent !== before) {
      glance.advise(drawn.urgent).catch(() => {});
    }
  }
  list.draw();
  showTitle();
}

function showTitle() {
  alarm.showTitle(sync.synced ? drawn.counts : null, !connection.isLost);
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

whenUnauthorized(() => polls.running && signIn.askForToken("This token is no longer valid."));
at("search").addEventListener("input", (event) => show({ search: event.target.value }));
at("order").addEventListener("change", (event) => show({ order: event.target.value }));
addEventListener("online", () => stream?.retry());
addEventListener("hashchange", openFromAddress);
document.addEventListener("visibilitychange", () => document.hidden || stream?.retry());
alarm.bindSound(at("sound"));
signIn.start();
