// The daemon's own state, from /v1/status: budget, pause, survivable outage, disk.
import { call } from "./api.js";
import { el, fill, say } from "./text.js";
import { clock, clockNotice, duration, now, timeNode } from "./time.js";
import * as session from "./session.js";

const REASONS = {
  THROTTLED: "the exchange's limit was passed (429)",
  BANNED: "the exchange has banned this address (418)",
  BLOCKED: "a firewall of the exchange blocks this address (403)",
};

export class Gauges {
  /** `lift()`: a person wants to lift the pause. `whatIf()`: a person wants to play through an outage. */
  constructor(list, notices, { lift, whatIf }) {
    Object.assign(this, { list, notices });
    this.outage = this.#gauge("Survivable outage", el("button", { type: "button", class: "small", on: { click: whatIf } }, "What if…"));
    this.deadline = this.#gauge("Nearest deadline");
    this.meter = el("meter", { min: 0, "aria-label": "Request weight used" });
    this.budget = this.#gauge("Request budget", this.meter);
    this.lift = el("button", { type: "button", class: "small", hidden: true, on: { click: lift } }, "Lift the pause…");
    this.gate = this.#gauge("Calls to the exchange", this.lift);
    this.disk = this.#gauge("Disk");
    this.daemon = this.#gauge("Daemon");
  }

  #gauge(name, ...more) {
    const value = el("span", { class: "value" });
    const entry = el("div", { class: "gauge" }, el("dt", {}, name), el("dd", {}, value, ...more));
    this.list.append(entry);
    return { entry, value };
  }

  /** `replica`: the one that has answered; null where there are not several. */
  draw(status, replica) {
    this.drawnAt = now();
    const outage = status.survivableOutageSeconds;
    say(this.outage.value, outage === null ? "no key lives" : outage > 0 ? duration(outage * 1000) : "none");
    this.outage.entry.dataset.status = outage !== null && outage <= 0 ? "AT_RISK" : "";
    fill(this.deadline.value, status.nearestExpiration ? timeNode(status.nearestExpiration, "relative") : "no key lives");
    const { weightUsed, weightLimit, windowSeconds } = status.budget;
    say(this.budget.value, `${weightUsed} of ${weightLimit} in ${duration(windowSeconds * 1000)}`);
    Object.assign(this.meter, { max: weightLimit, high: weightLimit * 0.8, optimum: 0, value: weightUsed });
    this.#gate(status.gate);
    say(this.disk.value, status.storeWritable ? "changes are saved" : "changes can't be saved");
    this.disk.entry.dataset.status = status.storeWritable ? "" : "AT_RISK";
    say(this.daemon.value, `${status.version}, up ${duration(status.uptimeSeconds * 1000)}` + (replica === null ? "" : `, replica ${replica}`));
    say(this.notices, clockNotice());
  }

  /** The daemon's state could not be read: its figures are old, whatever the connection of the events says. */
  fail() {
    say(this.notices, (this.drawnAt ? `These figures are those of ${clock(this.drawnAt)}: ` : "") + "the daemon's state can't be read now.");
  }

  clear() {
    this.drawnAt = null;
    say(this.notices, "");
    this.list.querySelectorAll(".value").forEach((value) => value.replaceChildren());
    this.list.querySelectorAll(".gauge").forEach((entry) => (entry.dataset.status = ""));
    this.meter.value = 0;
    this.lift.hidden = true;
  }

  #gate(gate) {
    if (gate.open) {
      say(this.gate.value, "may leave");
    } else {
      fill(this.gate.value, "paused until ", timeNode(gate.closedUntil), ": ", REASONS[gate.reason] ?? gate.reason);
    }
    this.gate.entry.dataset.status = gate.open ? "" : "AT_RISK";
    this.lift.hidden = gate.open || !session.may("write");
  }
}

/** The daemon's state now. */
export function readStatus() {
  return call("GET", "/v1/status");
}
