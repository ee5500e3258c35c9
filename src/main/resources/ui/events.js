// The running log of events, the newest first.
import { el, quoted } from "./text.js";
import { now, timeNode } from "./time.js";

const MOST = 200;

const SENTENCES = {
  registered: "registered",
  released: "released: it is no longer kept alive",
  failing: "a renewal failed; it is tried again",
  recovered: "recovered: a call has succeeded again",
  "at-risk": "at risk: the key may die before a call can save it",
  holders: "its registration has changed",
  "gate-closed": "calls to the exchange are paused",
  "gate-opened": "calls to the exchange may leave again",
  "exchange-unreachable": "the exchange is out of reach",
  "exchange-reachable": "the exchange answers again",
  "clock-jumped": "the clock of the daemon's machine was set",
  "store-failing": "changes no longer reach the disk",
  "store-recovered": "changes reach the disk again",
};

/** The colour of its mark, beside the words. */
const SEVERITY = {
  lost: "LOST", "at-risk": "AT_RISK", failing: "RETRYING", "gate-closed": "AT_RISK", "exchange-unreachable": "AT_RISK",
  "store-failing": "AT_RISK", "clock-jumped": "RETRYING", paused: "PAUSED", key: "PENDING", registered: "PENDING",
  released: "PENDING", holders: "PENDING",
};

const CAUSES = { EXPIRED: "its deadline passed", CLOSED_ELSEWHERE: "it was closed or replaced elsewhere" };

export class EventLog {
  /** `onOpen(account)`: the account of an event was chosen. */
  constructor(list, empty, onOpen) {
    this.list = list;
    this.empty = empty;
    this.onOpen = onOpen;
  }

  add(event) {
    if (event.type === "renewed" || !event.at) {
      return;
    }
    const account = event.account
      ? [el("button", { type: "button", class: "link", on: { click: () => this.onOpen(event.account) } }, event.account), " "]
      : [];
    this.#prepend(SEVERITY[event.type] ?? "ACTIVE", event.at, [...account, ...sentence(event)]);
  }

  /** The daemon could not send all that happened since the newest of these. */
  gap() {
    this.#prepend("RETRYING", new Date(now()).toISOString(), ["some events may be missing here"]);
  }

  #prepend(severity, at, entry) {
    this.list.prepend(el("li", { "data-status": severity }, timeNode(at, "clock"), el("span", { class: "entry" }, ...entry)));
    while (this.list.childElementCount > MOST) {
      this.list.lastElementChild.remove();
    }
    this.empty.hidden = true;
  }

  clear() {
    this.list.replaceChildren();
    this.empty.hidden = false;
  }
}

function sentence(event) {
  if (event.type === "lost") {
    return ["lost its key: ", CAUSES[event.cause] ?? "the cause is not known", ". Reconcile by REST from ",
      timeNode(event.reconcile?.from, "clock"), "."];
  }
  if (event.type === "key") {
    const after = event.reconcile
      ? [". Reconcile by REST from ", timeNode(event.reconcile.from, "clock"), event.reconcile.to ? " to " : "",
        event.reconcile.to ? timeNode(event.reconcile.to, "clock") : null]
      : [];
    return [event.reconcile ? "has another key, " : "has a key, ", el("code", {}, event.fingerprint), ...after, "."];
  }
  if (event.type === "paused") {
    return [event.status === "PAUSED" ? "paused by a person" : "its pause has ended"];
  }
  return [SENTENCES[event.type] ?? quoted(event.type)];
}
