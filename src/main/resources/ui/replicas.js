// The replicas that share the leases: which of them live, how many leases each renews, which can't call, which are gone.
import { call } from "./api.js";
import { counted, el, fill, quoted } from "./text.js";
import { timeNode } from "./time.js";

/** The only one of a daemon that shares its leases with nobody. */
const ALONE = "local";
const COLUMNS = ["Replica", "State", "Leases", "Weight", "Last beat", "Started"];
const CAUSES = { orphaned: "whose replica was gone", given: "given by another one", requested: "for a call that came here" };

export class Replicas {
  #alone = false;
  #shared = false;
  #epoch = 0;
  #answering = null;

  /** `onOwners(counts)`: leases by name of the live replica that owns them. */
  constructor(section, { onOwners }) {
    Object.assign(this, { section, onOwners });
    this.trouble = el("p", { class: "trouble", role: "status" });
    this.rows = el("tbody");
    this.takeovers = el("p", { class: "quiet" });
    section.append(el("h2", { id: "replicas-title" }, "Replicas"), this.trouble,
      el("div", { class: "scroll", tabindex: 0, role: "region", "aria-labelledby": "replicas-title" },
        el("table", {}, el("thead", {}, el("tr", {}, COLUMNS.map((name) => el("th", { scope: "col" }, name)))), this.rows)),
      this.takeovers);
  }

  /** Whether several replicas share the leases, or could. */
  get shared() {
    return this.#shared;
  }

  /** Name of the replica that answers here; null without others. */
  get answering() {
    return this.#shared ? this.#answering : null;
  }

  /** Another daemon may answer from now on. */
  reconnected() {
    this.#alone = false;
  }

  async read() {
    if (this.#alone) {
      return;
    }
    const epoch = this.#epoch;
    const answer = await call("GET", "/v1/replicas");
    if (epoch !== this.#epoch) {
      return;
    }
    this.#alone = answer.items.length === 1 && answer.items[0].id === ALONE;
    this.#shared = !this.#alone;
    this.#answering = answer.items.find(({ answering }) => answering)?.replica ?? this.#answering;
    this.section.hidden = this.#alone;
    if (this.#shared) {
      this.#draw(answer);
      // Without the database nobody knows who owns what.
      answer.items.length > 0 && this.onOwners(countsOf(answer.items));
    }
  }

  #draw({ items, gone, takeovers }) {
    const troubles = troublesOf(items, gone);
    this.section.dataset.status = troubles.length > 0 ? "AT_RISK" : "ACTIVE";
    const facts = JSON.stringify([items.map(({ id, weight }) => [id, weight > 0]), gone]);
    if (facts !== this.facts) {
      // Said again only when it changes, since a screen reader reads it out.
      this.facts = facts;
      fill(this.trouble, troubles.flatMap((sentence) => [...sentence, " "]));
    }
    fill(this.rows, items.map((replica) => row(replica, replica.weight > 0 ? "ACTIVE" : "AT_RISK", stateOf(replica))),
      gone.map((replica) => row(replica, "LOST", "gone")));
    const taken = Object.entries(takeovers).filter(([, number]) => number > 0)
      .map(([cause, number]) => number.toLocaleString("en") + " " + (CAUSES[cause] ?? cause));
    fill(this.takeovers, taken.length > 0 ? "Leases that the answering replica has taken over since its start: " + taken.join(", ") + "." : "");
  }

  clear() {
    this.#epoch++;
    this.#alone = false;
    this.#shared = false;
    this.facts = null;
    this.section.hidden = true;
    [this.trouble, this.rows, this.takeovers].forEach((element) => element.replaceChildren());
  }
}

function countsOf(items) {
  const counts = {};
  for (const { replica, leases } of items) {
    counts[replica] = (counts[replica] ?? 0) + leases;
  }
  return counts;
}

function troublesOf(items, gone) {
  if (items.length === 0) {
    return [["The shared database can't be reached: each replica goes on renewing its own leases, and none takes over those of another."]];
  }
  const silent = items.filter(({ weight }) => weight === 0);
  const sentences = gone.map((replica) => ["Replica ", quoted(replica.replica), " is gone: it was heard of last at ",
    timeNode(replica.lastBeatAt, "clock"), ", and nobody stopped it. It had ", counted(replica.leases, "lease"), "."]);
  if (silent.length === items.length) {
    return [...sentences, ["No replica may call the exchange: each is paused, banned or cut off."]];
  }
  return [...sentences, ...silent.map(({ replica, leases }) => ["Replica ", quoted(replica),
    " may not call the exchange: it is paused, banned or cut off" + (leases > 0 ? ", and gives its leases away." : ".")])];
}

function stateOf({ weight, answering }) {
  return (weight > 0 ? "live" : "may not call") + (answering ? ", answers here" : "");
}

function row(replica, status, state) {
  return el("tr", { "data-status": status },
    el("th", { scope: "row" }, quoted(replica.replica)), el("td", {}, el("span", { class: "status" }, state)),
    el("td", {}, replica.leases.toLocaleString("en")), el("td", {}, String(replica.weight)),
    el("td", {}, timeNode(replica.lastBeatAt, "relative")), el("td", {}, timeNode(replica.startedAt, "clock")));
}
