// Calls of agents that wait for a person: who asks for what, whom it would concern, how long it still waits.
import { call } from "./api.js";
import { el, fill, quoted, say } from "./text.js";
import { clock, duration, now, parse, timeNode, utc } from "./time.js";
import { WORDS } from "./leases.js";
import * as session from "./session.js";

/** A card stays at least this long after it is over, and for as long as the pointer or the keyboard is among the cards. */
const LINGER = 6000;
/** No decision is taken for this long after a card has come or moved: the click may have been meant for what was there before. */
const SETTLING = 1000;
const LONGEST_REASON = 200;

const CONSEQUENCES = {
  BinanceOptionsRenewListenKey: "One call to the exchange prolongs the key now. The key stays the same.",
  BinanceOptionsCreateListenKey: "The agent becomes a holder of this account: its key is kept alive, and made if there is none.",
  BinanceOptionsDeleteListenKey:
    "The agent is dropped as a holder. If it is the last one, the key is closed at the exchange, for every program that uses it.",
  BinanceOptionsListenKeyStatus: "The agent reads how the leases stand.",
  BinanceOptionsListenKeyExplain: "The agent reads the story of this lease.",
  BinanceOptionsListenKeyWhatIf: "The agent plays through an outage. Nothing changes.",
};

const UNANSWERED_AND_OVER = "Over. Your decision had no answer: its result is unknown; the audit has it.";

export class Approvals {
  #cards = new Map();
  #epoch = 0;
  #settledAt = 0;

  /** `onWaiting(number)`: so many calls wait now. `refresh(account)`: its lease should be fetched. */
  constructor(section, list, leases, { onWaiting, refresh }) {
    Object.assign(this, { section, list, leases, onWaiting, refresh });
    // Content that grows above the cards moves them, too.
    new ResizeObserver(() => this.#watch()).observe(document.body);
  }

  /** Whether a call waits. */
  get waiting() {
    return [...this.#cards.values()].some((card) => !card.over);
  }

  async read() {
    const epoch = this.#epoch;
    const { items } = await call("GET", "/v1/approvals");
    if (epoch !== this.#epoch) {
      return;
    }
    for (const item of items) {
      if (!this.#cards.has(item.id)) {
        this.#add(item);
      }
    }
    const ids = new Set(items.map((item) => item.id));
    for (const card of this.#cards.values()) {
      // The answer to a decision under way says more than its absence here.
      if (!ids.has(card.item.id) && !card.over && !card.deciding) {
        card.end(card.unanswered ? UNANSWERED_AND_OVER : "Over: decided elsewhere, timed out or withdrawn.");
      }
    }
    this.draw();
  }

  #add(item) {
    const card = new Card(item, (decision, reason) => this.#settling || this.#decide(card, decision, reason));
    this.#cards.set(item.id, card);
    this.list.append(card.element);
    if (item.account && session.may("read")) {
      this.refresh(item.account);
    }
  }

  async #decide(card, decision, reason) {
    if (card.over || card.deciding) {
      return;
    }
    card.deciding = true;
    this.draw();
    try {
      await call("POST", "/v1/approvals/" + encodeURIComponent(card.item.id), reason === "" ? { decision } : { decision, reason });
      card.end(decision === "approve" ? "Approved: the call is carried out if its agent still waits." : "Rejected: the agent is told.");
    } catch (failure) {
      this.#failed(card, failure);
    } finally {
      card.deciding = false;
      this.draw();
    }
  }

  #failed(card, failure) {
    if (failure.status === 404) {
      card.end(card.unanswered ? UNANSWERED_AND_OVER : "Too late: this call no longer waits.");
    } else if (failure.status >= 400 && failure.status < 500) {
      card.says(failure.message);
    } else {
      card.unanswered = true;
      card.says(`Unanswered: ${failure.message}. The result of your decision is unknown.`);
    }
  }

  /** Leases and time have moved on. */
  draw() {
    const kept = this.section.matches(":hover") || this.section.querySelector(":focus-visible") !== null;
    for (const card of [...this.#cards.values()].filter((one) => !kept && one.overFor > LINGER)) {
      card.element.remove();
      this.#cards.delete(card.item.id);
    }
    const cards = [...this.#cards.values()];
    cards.forEach((card) => card.draw(this.#leaseOf(card)));
    this.section.hidden = cards.length === 0;
    this.#watch();
    this.onWaiting(cards.filter((card) => !card.over).length);
  }

  /** A stale lease is asked for here: its row in the list may be out of sight. */
  #leaseOf(card) {
    const lease = this.leases.get(card.item.account);
    if (lease?.stale && !card.over && this.leases.needsRefresh(lease)) {
      this.refresh(lease.account);
    }
    return lease;
  }

  get #settling() {
    return performance.now() < this.#settledAt;
  }

  /** Makes all decisions wait when a card has come or moved. */
  #watch() {
    const cards = [...this.#cards.values()];
    if (cards.filter((card) => card.moved()).length > 0) {
      this.#settledAt = performance.now() + SETTLING;
      setTimeout(() => this.#watch(), SETTLING + 1);
    }
    cards.forEach((card) => card.disable(card.over || card.deciding || this.#settling, card.over || card.deciding));
  }

  clear() {
    this.#epoch++;
    this.#cards.forEach((card) => card.element.remove());
    this.#cards.clear();
    this.draw();
  }
}

class Card {
  over = false;
  deciding = false;
  unanswered = false;

  constructor(item, decide) {
    this.item = item;
    this.left = el("span", { class: "left" });
    this.lease = el("p", { class: "concerns" });
    this.said = el("p", { class: "said", role: "status" });
    this.reason = el("input", { maxlength: LONGEST_REASON, autocomplete: "off", "aria-label": "Reason of a rejection; the agent is told", placeholder: "Reason, told to the agent" });
    this.approve = el("button", { type: "button", class: "primary", on: { click: () => decide("approve", "") } }, "Approve");
    this.reject = el("button", { type: "button", class: "danger", on: { click: () => decide("reject", this.reason.value.trim()) } }, "Reject");
    this.element = el("article", { class: "approval", "aria-label": `${item.tool} of ${item.client}` },
      el("p", { class: "asks" }, el("b", {}, quoted(item.client)), " asks for ", el("code", {}, quoted(item.tool)),
        ...(item.account ? [" with the account ", el("b", {}, quoted(item.account))] : []), ". ", this.left),
      el("p", {}, CONSEQUENCES[item.tool] ?? "This page does not know what this tool does."),
      this.lease,
      el("p", { class: "quiet" }, "Rule: ", quoted(item.reason), ". Session ", el("code", {}, item.session),
        item.arguments.length > 0 ? ", arguments " + item.arguments.join(", ") : ", no arguments", ", asked at ", timeNode(item.askedAt, "clock"), "."),
      el("div", { class: "decision" }, this.approve, el("span", { class: "reject" }, this.reason, this.reject)),
      this.said);
  }

  /** Not by the attribute `disabled`: that would take the focus away from whoever works by keyboard. */
  disable(decision, reason) {
    [this.approve, this.reject].forEach((button) => button.setAttribute("aria-disabled", decision));
    this.reason.readOnly = reason;
  }

  /** Whether its buttons are at another place than when this was asked before; scrolling is no move. */
  moved() {
    const { left, top, width } = this.approve.getBoundingClientRect();
    const place = [left + scrollX, top + scrollY, width].map(Math.round).join();
    const moved = place !== this.place;
    this.place = place;
    return moved;
  }

  /** Milliseconds since it was over. */
  get overFor() {
    return this.over ? performance.now() - this.overAt : 0;
  }

  says(sentence) {
    say(this.said, sentence);
  }

  end(sentence) {
    this.over = true;
    this.overAt = performance.now();
    this.element.classList.add("over");
    this.says(sentence);
  }

  draw(lease) {
    const left = parse(this.item.until) - now();
    say(this.left, this.over ? "" : left > 0 ? `It waits ${duration(left)} more.` : "Its time is over.");
    this.left.title = "until " + utc(parse(this.item.until));
    this.#concern(lease);
  }

  #concern(lease) {
    if (!this.item.account) {
      return;
    }
    // The shown members are compared, not the revision: an event raises it before the holders are known.
    const shown = JSON.stringify(lease ? [lease.stale, lease.holders, lease.fingerprint, lease.status, lease.expiresAt] : session.may("read"));
    if (shown === this.shown) {
      return;
    }
    this.shown = shown;
    if (!lease) {
      fill(this.lease, session.may("read") ? "There is no lease of this account now." : "With the scope read, this page would show whom it concerns.");
      return;
    }
    const holders = lease.stale ? ["(reading…)"] : lease.holders.length === 0 ? ["nobody"]
      : lease.holders.flatMap((holder, index) => [index > 0 ? ", " : "", quoted(holder)]);
    fill(this.lease, "It concerns ", ...holders, `: the key ${lease.fingerprint ?? "(none)"}, ${WORDS[lease.status]}`,
      lease.expiresAt ? `, with the deadline ${clock(parse(lease.expiresAt))}.` : ", with no deadline.");
  }
}
