// One sentence for a trader on a bad day: is a key in trouble, until when can it be saved, what comes next, what to do.
import { call, leasePath } from "./api.js";
import { counted, el, fill, quoted, say } from "./text.js";
import { clock, timeNode, withTimes } from "./time.js";
import { STATUSES, WORDS } from "./leases.js";

/** Those in which a key is in trouble, or may soon be; the worst first. */
const TROUBLE = ["LOST", "PAUSED_DEAD", "AT_RISK", "PAUSED_DYING", "RETRYING", "PENDING"];
/** Those that are no status have the colour of one. */
const COLOURS = { PAUSED_DEAD: "LOST", PAUSED_DYING: "AT_RISK" };

export class Glance {
  #advised = null;

  constructor({ section, headline, announcement, subline, remedy, filters }, leases, { onOpen, onFilter }) {
    Object.assign(this, { section, headline, announcement, subline, remedy, filters, leases, onOpen, onFilter });
    this.buttons = Object.fromEntries(STATUSES.map((status) => [status, this.#button(status)]));
  }

  #button(status) {
    const number = el("span", { class: "number" });
    const button = el("button", {
      type: "button", class: "chip", "data-status": status, "aria-pressed": "false",
      on: { click: () => this.onFilter(this.leases.view.status === status ? null : status) },
    }, number, " ", WORDS[status]);
    this.filters.append(button);
    return { button, number };
  }

  /** `status`: the daemon's own, null before the first answer. Returns the lease to ask advice for, too: `urgent`, or null. */
  draw(status) {
    const counts = this.leases.counts();
    for (const [name, { button, number }] of Object.entries(this.buttons)) {
      const shown = counts[name].toLocaleString("en");
      if (number.textContent !== shown) {
        number.textContent = shown;
      }
      button.classList.toggle("zero", counts[name] === 0);
      button.setAttribute("aria-pressed", this.leases.view.status === name);
    }
    const worst = TROUBLE.find((name) => counts[name] > 0) ?? null;
    const closed = status !== null && !status.gate.open;
    this.section.dataset.status = COLOURS[worst] ?? worst ?? (closed || status?.storeWritable === false ? "RETRYING" : "ACTIVE");
    this.#say(worst, counts, status);
    const urgent = worst === null ? null : this.leases.mostUrgent(worst).account;
    if (urgent !== this.#advised) {
      // Advice for another account would stand under the name of this one.
      this.remedy.hidden = true;
      this.#advised = null;
    }
    return { worst, counts, urgent };
  }

  clear() {
    this.facts = null;
    this.#advised = null;
    this.remedy.hidden = true;
    fill(this.headline, "Reading the leases…");
    const emptied = [this.announcement, this.subline, this.remedy, ...Object.values(this.buttons).map(({ number }) => number)];
    emptied.forEach((element) => element.replaceChildren());
  }

  #say(worst, counts, status) {
    const urgent = TROUBLE.filter((name) => counts[name] > 0).map((name) => [name, this.leases.mostUrgent(name)]);
    // Redrawn only when its facts change, so that a click on the account is not lost.
    const facts = JSON.stringify([counts, urgent.map(([, lease]) => [lease.account, lease.expiresAt]), status?.gate, status?.nearestExpiration]);
    if (facts !== this.facts) {
      this.facts = facts;
      const [first, ...others] = urgent.map(([name, lease]) => this.#trouble(name, counts, lease));
      fill(this.headline, first ?? calm(counts));
      // For screen readers: the times in the headline itself count on each second.
      say(this.announcement, statement(this.headline));
      fill(this.subline, others.flatMap((sentence) => [...sentence, " "]), worst === null ? outlook(status) : [], rest(worst, counts));
    }
  }

  #trouble(status, counts, lease) {
    const number = counts[status];
    const name = el("button", { type: "button", class: "link", on: { click: () => this.onOpen(lease.account) } }, lease.account);
    if (status === "LOST") {
      return number === 1 ? [name, " has no live key: it was lost."] : [counted(number, "key is", "keys are"), " lost; the first is that of ", name, "."];
    }
    if (status === "PENDING") {
      return number === 1 ? [name, " has no key yet."] : [counted(number, "account has", "accounts have"), " no key yet; the first is ", name, "."];
    }
    if (status === "PAUSED_DEAD") {
      return number === 1 ? [name, " has no live key, and is paused: none is made before the pause ends."]
        : [counted(number, "paused account has", "paused accounts have"), " no live key; the first is ", name, ". None is made before the pause ends."];
    }
    const until = timeNode(lease.expiresAt);
    if (status === "PAUSED_DYING") {
      return number === 1 ? ["The key of ", name, " dies at ", until, ", within its pause. End the pause before."]
        : [counted(number, "key dies", "keys die"), " within a pause. The first, of ", name, ", dies at ", until, "."];
    }
    const what = status === "AT_RISK" ? ["is at risk", "are at risk"] : ["is being retried", "are being retried"];
    if (!lease.expiresAt) {
      return number === 1 ? [name, " " + what[0] + ": it has no live key, and the last call failed."]
        : [counted(number, "account") + " " + what[1] + " without a live key; the first is ", name, "."];
    }
    return number === 1
      ? ["The key of ", name, " " + what[0] + ". It can be saved until ", until, "."]
      : [`${counted(number, "key")} ${what[1]}. The first, of `, name, ", can be saved until ", until, "."];
  }

  /** Asks what comes next and what to do for the lease in the sentence; null for none. */
  async advise(account) {
    if (account === null) {
      return;
    }
    this.#advised = account;
    const story = await call("GET", leasePath(account) + "/explain");
    if (this.#advised !== account) {
      return;
    }
    const lines = [
      ["What to do", story.advice.length > 0 ? withTimes(story.advice.join(" ")) : "Nothing now; the daemon goes on by itself."],
      ["Next", [story.next.at ? [timeNode(story.next.at), ": "] : [], withTimes(story.next.why)].flat()],
    ];
    if (story.lastFailure && this.leases.get(account)?.failures > 0) {
      lines.push(["Last answer", [story.lastFailure.reason, ": ", quoted(story.lastFailure.message)]]);
    }
    fill(this.remedy, lines.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
    this.remedy.hidden = false;
  }
}

/** The text of an element with the times of day alone. */
function statement(element) {
  const copy = element.cloneNode(true);
  copy.querySelectorAll("time").forEach((time) => time.replaceWith(clock(Date.parse(time.dateTime))));
  return copy.textContent;
}

function calm(counts) {
  if (counts.ACTIVE === 0 && counts.PAUSED === 0) {
    return ["No lease is registered."];
  }
  if (counts.ACTIVE === 0) {
    return ["No key is renewed: every account is paused."];
  }
  if (counts.ACTIVE === 1) {
    return ["The key is alive, and its last renewal worked."];
  }
  const keys = counts.ACTIVE === 2 ? "Both keys" : "All " + counted(counts.ACTIVE, "key");
  return [keys + " are alive, and their last renewals worked."];
}

function outlook(status) {
  if (status !== null && !status.gate.open) {
    return ["Calls to the exchange are paused until ", timeNode(status.gate.closedUntil), ": no key can be renewed before."];
  }
  return status === null || !status.nearestExpiration
    ? []
    : ["If nothing were renewed, the first key would die at ", timeNode(status.nearestExpiration), "."];
}

/** The number of those that are in no trouble. */
function rest(worst, counts) {
  const numbers = { PAUSED: counts.PAUSED - counts.PAUSED_DEAD - counts.PAUSED_DYING, ACTIVE: worst === null ? 0 : counts.ACTIVE };
  const others = Object.keys(numbers).filter((status) => numbers[status] > 0)
    .map((status) => numbers[status].toLocaleString("en") + " " + WORDS[status]);
  return others.length === 0 ? [] : [(worst === null ? " Beside them: " : "The others: ") + others.join(", ") + "."];
}
