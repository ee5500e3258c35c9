// One lease: how it stands, why, what comes next, what to do, what happened, and what a person can do here.
import { call, leasePath } from "./api.js";
import * as actions from "./actions.js";
import { openWhatIf } from "./whatif.js";
import { el, fill, quoted, say } from "./text.js";
import { timeNode, withTimes } from "./time.js";
import { WORDS } from "./leases.js";
import * as session from "./session.js";

const LOSSES_SHOWN = 20;
const UNDER_WAY = "Under way…";

export class Detail {
  #account = null;
  #reading = false;
  #again = false;
  #lossesOf = null;
  /** Accounts with an action under way. */
  #acting = new Set();

  /** `onClose()`: it was closed. `onLease(lease)`: an action has an answer. */
  constructor(section, leases, { onClose, onLease }) {
    Object.assign(this, { section, leases, onClose, onLease });
    this.title = el("h2", { id: "detail-title", tabindex: -1 });
    this.status = el("span", { class: "status" });
    this.said = el("p", { class: "said", role: "status" });
    this.story = el("div", { class: "story" });
    this.losses = el("div", { class: "losses" });
    this.buttons = {
      renew: this.#button("Renew now", () => this.#act(actions.renew), "primary"),
      pause: this.#button("Pause…", () => actions.openPause(this.#lease(), (lease) => this.#paused(lease))),
      resume: this.#button("Resume", () => this.#act(actions.resume), "primary"),
      whatIf: this.#button("What if…", () => openWhatIf(this.#lease() ?? null)),
    };
    section.append(
      el("div", { class: "detail-head" }, this.title, this.status,
        this.#button("Close", () => this.onClose(), "small close")),
      el("div", { class: "buttons left" }, Object.values(this.buttons)),
      this.said, this.story, this.losses);
    section.addEventListener("keydown", (event) => event.key === "Escape" && this.onClose());
  }

  #button(name, click, kind = "") {
    return el("button", { type: "button", class: kind, on: { click } }, name);
  }

  #lease() {
    return this.leases.get(this.#account);
  }

  get account() {
    return this.#account;
  }

  open(account) {
    this.#account = account;
    this.#lossesOf = null;
    this.section.hidden = false;
    this.title.textContent = account;
    this.#says(account, this.#acting.has(account) ? [UNDER_WAY] : [], "");
    fill(this.story, el("p", { class: "quiet" }, "Reading…"));
    this.losses.replaceChildren();
    this.draw();
    this.title.focus();
    return this.read();
  }

  close() {
    this.#account = null;
    this.section.hidden = true;
    [this.title, this.said, this.story, this.losses].forEach((element) => element.replaceChildren());
  }

  /** Draws the part that needs no request. */
  draw() {
    const lease = this.#lease();
    const write = session.may("write");
    const paused = lease?.status === "PAUSED";
    this.buttons.renew.hidden = !write || paused || !lease;
    this.buttons.pause.hidden = !write || paused || !lease;
    this.buttons.resume.hidden = !write || !paused;
    this.buttons.whatIf.hidden = !session.may("read") || !lease;
    this.section.dataset.status = lease?.status ?? "";
    say(this.status, lease ? WORDS[lease.status] : "released");
    this.status.dataset.status = lease?.status ?? "";
  }

  /** Asks for the story, and for the losses when there is a new one. */
  async read() {
    if (this.#account === null || this.#reading) {
      this.#again = this.#reading;
      return;
    }
    this.#reading = true;
    this.#again = false;
    const account = this.#account;
    try {
      await this.#readOf(account);
    } catch (failure) {
      if (account === this.#account) {
        fill(this.story, el("p", { class: "quiet" }, failure.status === 404 ? "This lease is over." : failure.message));
      }
    } finally {
      this.#reading = false;
      if (this.#again || account !== this.#account) {
        this.read();
      }
    }
  }

  async #readOf(account) {
    const [story, lease] = await Promise.all([
      call("GET", leasePath(account) + "/explain"),
      call("GET", leasePath(account)),
    ]);
    this.onLease(lease);
    if (account !== this.#account) {
      return;
    }
    this.draw();
    fill(this.story, ...storyOf(story, lease));
    const newest = account + " " + (lease.lastLoss?.lastKnownAlive ?? "") + " " + (lease.lastLoss?.recoveredAt ?? "");
    if (newest !== this.#lossesOf) {
      const page = await call("GET", leasePath(account) + "/losses?limit=1000");
      if (account === this.#account) {
        this.#lossesOf = newest;
        fill(this.losses, ...lossTable(page.items.reverse()));
      }
    }
  }

  async #act(action) {
    const account = this.#account;
    if (this.#acting.has(account)) {
      return;
    }
    // Not disabled: that would take the focus away from who works by keyboard.
    this.#acting.add(account);
    this.#says(account, [UNDER_WAY], "");
    try {
      const { lease, sentence, worked } = await action(account);
      this.onLease(lease);
      this.#says(account, sentence, worked ? "ACTIVE" : lease.status);
    } catch (failure) {
      this.#says(account, ["Not done: " + failure.message], "AT_RISK");
    } finally {
      this.#acting.delete(account);
      this.draw();
      this.read();
    }
  }

  #says(account, sentence, status) {
    if (account === this.#account) {
      fill(this.said, ...sentence);
      this.said.dataset.status = status;
    }
  }

  #paused(lease) {
    this.onLease(lease);
    this.#says(lease.account, ["Paused until ", timeNode(lease.pause.until), "."], "PAUSED");
    this.draw();
    this.read();
  }
}

function storyOf(story, lease) {
  return [
    el("p", { class: "why" }, withTimes(story.why)),
    el("h3", {}, "What to do"),
    story.advice.length === 0
      ? el("p", {}, "Nothing: the daemon goes on by itself.")
      : el("ul", { class: "advice" }, story.advice.map((advice) => el("li", {}, withTimes(advice)))),
    el("h3", {}, "Next"),
    el("p", {}, story.next.at ? [timeNode(story.next.at), ": "] : [], withTimes(story.next.why)),
    el("h3", {}, "Facts"),
    facts(lease, story),
    el("h3", {}, "What happened"),
    el("ul", { class: "happened" }, story.happened.map((sentence) => el("li", {}, withTimes(sentence)))),
  ];
}

function facts(lease, story) {
  const rows = [
    ["Deadline", lease.expiresAt ? timeNode(lease.expiresAt) : "no live key"],
    ["Attempts left", `${lease.attemptsLeft}, if all of them fail`],
    ["Holders", list(lease.holders)],
    ["Key", lease.fingerprint ? [el("code", {}, lease.fingerprint), `, generation ${lease.generation}`] : "none yet"],
    ...(lease.replica ? [["Replica", quoted(lease.replica)]] : []),
    ["When it is lost", lease.onLoss === "recreate" ? "a new key is made" : "it is reported, and none is made"],
    ["Last success", timeNode(lease.lastSuccessAt)],
    ["Named by the exchange", timeNode(lease.confirmedAt)],
    ["Last check", timeNode(lease.lastCheckAt)],
  ];
  if (lease.pause) {
    rows.unshift(["Paused until", timeNode(lease.pause.until)], ["Reason", quoted(lease.pause.reason)]);
  }
  if (lease.lastFailure) {
    rows.push(["Last failure", [timeNode(lease.lastFailure.at), ", " + lease.lastFailure.reason + ": ", quoted(lease.lastFailure.message)]]);
  }
  if (lease.stream) {
    rows.push(["Stream", [lease.stream.connected ? "connected since " : "not connected since ", timeNode(lease.stream.since)]]);
  }
  if (story.attempts.first.length > 0 && lease.failures > 0) {
    rows.push(["Attempts at", story.attempts.first.flatMap((at, index) => [index > 0 ? ", " : "", timeNode(at, "clock")])]);
  }
  return el("dl", { class: "facts" }, rows.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

function list(texts) {
  return texts.flatMap((text, index) => [index > 0 ? ", " : "", quoted(text)]);
}

function lossTable(losses) {
  const heading = el("h3", {}, "Losses and rotations");
  if (losses.length === 0) {
    return [heading, el("p", { class: "quiet" }, "None on record.")];
  }
  const cause = { EXPIRED: "expired", CLOSED_ELSEWHERE: "closed elsewhere" };
  return [heading, el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Losses and rotations" },
    el("table", {},
      el("thead", {}, el("tr", {}, ["Cause", "Alive until", "Live again"].map((name) => el("th", { scope: "col" }, name)))),
      el("tbody", {}, losses.slice(0, LOSSES_SHOWN).map((loss) => el("tr", {},
        el("td", {}, cause[loss.cause] ?? loss.cause), el("td", {}, timeNode(loss.lastKnownAlive, "clock")),
        el("td", {}, loss.recoveredAt ? timeNode(loss.recoveredAt, "clock") : "not yet"))))),
    losses.length > LOSSES_SHOWN ? el("p", { class: "quiet" }, `and ${losses.length - LOSSES_SHOWN} older.`) : null)];
}
