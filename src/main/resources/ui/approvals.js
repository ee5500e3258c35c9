// Calls of agents that wait for a person: who asks for what, whom it would concern, how long it still waits.
import { call } from "./api.js";
import { el, fill, quoted, say } from "./text.js";
import { clock, duration, now, parse, timeNode, utc } from "./time.js";
import { WORDS } from "./leases.js";
import * as session from "./session.js";

/** A card stays this long after it is over, so that another one does not come under the pointer. */
const LINGER = 6000;
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

export class Approvals {
  #cards = new Map();

  /** `onWaiting(number)`: so many calls wait now. `refresh(account)`: its lease should be fetched. */
  constructor(section, list, leases, { onWaiting, refresh }) {
    Object.assign(this, { section, list, leases, onWaiting, refresh });
  }

  async read() {
    const { items } = await call("GET", "/v1/approvals");
    for (const item of items) {
      if (!this.#cards.has(item.id)) {
        this.#add(item);
      }
    }
    const ids = new Set(items.map((item) => item.id));
    for (const card of this.#cards.values()) {
      if (!ids.has(card.item.id) && !card.over) {
        this.#end(card, "Over: nobody decided in time, or the agent took it back.");
      }
    }
    this.draw();
  }

  #add(item) {
    const card = new Card(item, (decision, reason) => this.#decide(card, decision, reason));
    this.#cards.set(item.id, card);
    this.list.append(card.element);
    if (item.account && session.may("read")) {
      this.refresh(item.account);
    }
  }

  async #decide(card, decision, reason) {
    card.disable(true);
    try {
      await call("POST", "/v1/approvals/" + encodeURIComponent(card.item.id), reason === "" ? { decision } : { decision, reason });
      this.#end(card, decision === "approve" ? "Approved: the call is carried out." : "Rejected: the agent is told.");
    } catch (failure) {
      if (failure.status === 404) {
        this.#end(card, "Too late: this call no longer waits.");
      } else {
        card.disable(false);
        card.says(failure.message);
      }
    }
    this.draw();
  }

  #end(card, sentence) {
    card.end(sentence);
    setTimeout(() => {
      card.element.remove();
      this.#cards.delete(card.item.id);
      this.draw();
    }, LINGER);
  }

  /** Leases and time have moved on. */
  draw() {
    const cards = [...this.#cards.values()];
    cards.forEach((card) => card.draw(this.leases));
    this.section.hidden = cards.length === 0;
    this.onWaiting(cards.filter((card) => !card.over).length);
  }

  clear() {
    this.#cards.forEach((card) => card.element.remove());
    this.#cards.clear();
    this.draw();
  }
}

class Card {
  over = false;

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

  disable(disabled) {
    [this.approve, this.reject, this.reason].forEach((control) => (control.disabled = disabled));
  }

  says(sentence) {
    say(this.said, sentence);
  }

  end(sentence) {
    this.over = true;
    this.disable(true);
    this.element.classList.add("over");
    this.says(sentence);
  }

  draw(leases) {
    const left = parse(this.item.until) - now();
    say(this.left, this.over ? "" : left > 0 ? `It waits ${duration(left)} more.` : "Its time is over.");
    this.left.title = "until " + utc(parse(this.item.until));
    this.#concern(leases.get(this.item.account));
  }

  #concern(lease) {
    if (!this.item.account || lease?.revision === this.revision) {
      return;
    }
    this.revision = lease?.revision;
    if (!lease) {
      fill(this.lease, session.may("read") ? "There is no lease of this account now." : "With the scope read, this page would show whom it concerns.");
      return;
    }
    const holders = lease.holders.length === 0 ? "nobody" : lease.holders.flatMap((holder, index) => [index > 0 ? ", " : "", quoted(holder)]);
    fill(this.lease, "It concerns ", ...[holders].flat(), `: the key ${lease.fingerprint ?? "(none)"}, ${WORDS[lease.status]}`,
      lease.expiresAt ? `, with the deadline ${clock(parse(lease.expiresAt))}.` : ", with no deadline.");
  }
}
