// A row of the list of leases.
import { el, say } from "./text.js";
import { brief, clock, now, parse, relative, utc } from "./time.js";
import { WORDS } from "./leases.js";

const CAUSES = { EXPIRED: "expired", CLOSED_ELSEWHERE: "closed" };

let rowsMade = 0;

/** One row element, which shows one lease after the other. */
export class Row {
  account = null;

  constructor(canvas) {
    this.status = el("span", { class: "status" });
    this.name = el("span", { class: "name" });
    this.fill = el("span", { class: "bar-fill" });
    this.tick = el("span", { class: "bar-tick" });
    this.bar = el("span", { class: "bar", "aria-hidden": "true" }, this.fill, this.tick);
    this.deadline = el("span", { class: "deadline" });
    this.next = el("span", { class: "next" });
    this.loss = el("span", { class: "loss" });
    this.replica = el("span", { class: "replica" });
    const cells = [[this.status], [this.name], [this.bar, this.deadline], [this.next], [this.loss], [this.replica]];
    this.element = el("div", { class: "row", role: "row", id: "row-" + rowsMade++ },
      cells.map((parts) => el("div", { class: "cell", role: "gridcell" }, parts)));
    canvas.append(this.element);
  }

  remove() {
    this.element.remove();
  }

  mark(selected, active) {
    this.element.setAttribute("aria-selected", selected);
    this.element.classList.toggle("active", active);
  }

  show(lease, index, height, time) {
    if (this.account !== lease.account) {
      this.account = lease.account;
      this.element.dataset.account = lease.account;
      say(this.name, lease.account);
    }
    this.element.style.transform = `translateY(${index * height}px)`;
    this.element.setAttribute("aria-rowindex", index + 2);
    this.element.dataset.status = lease.status;
    say(this.status, WORDS[lease.status]);
    this.#deadline(lease, time);
    say(this.next, nextCall(lease));
    say(this.loss, lastLoss(lease));
    say(this.replica, lease.replica ?? "no live replica");
    this.replica.classList.toggle("missing", lease.replica === null);
  }

  #deadline(lease, time) {
    const dies = parse(lease.expiresAt);
    this.bar.hidden = dies === null;
    if (dies === null) {
      say(this.deadline, lease.status === "PENDING" ? "no key yet" : "no live key");
      this.deadline.removeAttribute("title");
      return;
    }
    const born = parse(lease.lastSuccessAt) ?? dies;
    const life = Math.max(dies - born, 1);
    const share = (at) => Math.min(Math.max((dies - at) / life, 0), 1);
    this.fill.style.transform = `scaleX(${share(time)})`;
    const next = parse(lease.nextAttemptAt);
    this.tick.hidden = next === null || next >= dies;
    this.tick.style.left = (next === null ? 0 : share(next)) * 100 + "%";
    say(this.deadline, relative(dies));
    this.deadline.title = clock(dies) + ", " + utc(dies);
  }
}

/** The next step that the daemon takes by itself, and its time. */
function nextCall(lease) {
  if (lease.pause) {
    return "paused for " + brief(parse(lease.pause.until) - now());
  }
  const at = parse(lease.nextAttemptAt);
  if (at === null) {
    return lease.stale ? "" : "nothing by itself";
  }
  const kind = {
    ACTIVE: "renews",
    PENDING: "asks for a key",
    LOST: lease.onLoss === "recreate" ? "makes a new key" : "asks again",
  }[lease.status] ?? "tries again";
  return at <= now() ? kind + " now" : kind + " " + relative(at, brief);
}

/** The last loss in short; empty for none. */
function lastLoss(lease) {
  const loss = lease.lastLoss;
  return loss ? CAUSES[loss.cause] + " " + relative(parse(loss.lastKnownAlive), brief) : "none";
}
