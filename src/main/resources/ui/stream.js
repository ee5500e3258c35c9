// The daemon's server-sent events. EventSource can't send a token, so the stream is read here.
import { problemOf } from "./api.js";
import * as session from "./session.js";

/** All types: renewals move the deadlines that this page shows. */
const TYPES = [
  "registered", "key", "failing", "recovered", "at-risk", "lost", "holders", "paused", "released", "renewed",
  "gate-closed", "gate-opened", "exchange-unreachable", "exchange-reachable", "clock-jumped", "store-failing",
  "store-recovered",
];
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 15_000;
/** The daemon sends at least a comment every 15 s. */
export const LONGEST_SILENCE = 40_000;
const LONGEST_EVENT = 1_000_000;
const ENDED = { status: 0, why: "" };

/** Follows the daemon until it is stopped. `onEvent(type, data, id)`, a comment being the type `beat`; `onState({state, ...})`: live, lost, refused. */
export class Stream {
  #lastId = null;
  #stopped = false;
  #pause = FIRST_PAUSE;
  #controller = new AbortController();
  #wake = () => {};
  #heardAt = null;

  /** @param lastId of the last event that is known; null for none: then the state comes first */
  constructor(onEvent, onState, lastId) {
    this.onEvent = onEvent;
    this.onState = onState;
    this.#lastId = lastId;
  }

  get lastId() {
    return this.#lastId;
  }

  stop() {
    this.#stopped = true;
    this.#controller.abort();
    this.#wake();
  }

  /** Tries again now, if it was waiting. */
  retry() {
    this.#wake();
  }

  async run() {
    while (!this.#stopped) {
      const { status, why } = await this.#once().catch(() => ENDED);
      if (this.#stopped) {
        return;
      }
      if (status === 401 || status === 403) {
        this.onState({ state: "refused", status });
        return;
      }
      const pause = this.#pause * (0.75 + Math.random() / 2);
      this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
      this.onState({ state: "lost", why, heardAt: this.#heardAt });
      await this.#sleep(pause);
    }
  }

  /** The status of an answer that is no stream, and the reason that it gives; ENDED for a stream that has ended. */
  async #once() {
    this.#controller = new AbortController();
    const headers = session.headers();
    if (this.#lastId !== null) {
      headers["Last-Event-ID"] = this.#lastId;
    }
    let watch = this.#watch();
    try {
      const response = await fetch("/v1/events?type=" + TYPES.join(","), {
        headers,
        cache: "no-store",
        redirect: "error",
        signal: this.#controller.signal,
      });
      if (!response.ok) {
        return { status: response.status, why: problemOf(await response.text(), response.status) };
      }
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      const parser = new Parser((event) => this.#on(event));
      this.onEvent("open", {}, null);
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        clearTimeout(watch);
        watch = this.#watch();
        this.#heardAt = Date.now();
        parser.push(part.value);
      }
      return ENDED;
    } finally {
      clearTimeout(watch);
      this.#controller.abort();
    }
  }

  #watch() {
    const controller = this.#controller;
    return setTimeout(() => controller.abort(), LONGEST_SILENCE);
  }

  #on({ type, data, id }) {
    if (id !== null) {
      this.#lastId = id;
    }
    if (type === "overrun") {
      // Events were left out: begin anew, with the state.
      this.#lastId = null;
      this.#controller.abort();
      return;
    }
    if (type === "sync") {
      this.#pause = FIRST_PAUSE;
      this.onState({ state: "live" });
    }
    this.onEvent(type, data, id);
  }

  #sleep(millis) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, millis);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Cuts a stream of text into events. */
export class Parser {
  #rest = "";
  #type = "";
  #data = [];
  #id = null;

  constructor(onEvent) {
    this.onEvent = onEvent;
  }

  push(text) {
    const lines = (this.#rest + text).split(/\r?\n/);
    this.#rest = lines.pop();
    if (this.#rest.length > LONGEST_EVENT) {
      throw new Error("an event is too long");
    }
    lines.forEach((line) => this.#line(line));
  }

  #line(line) {
    if (line === "") {
      this.#dispatch();
      return;
    }
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (colon === 0) {
      this.onEvent({ type: "beat", data: {}, id: null });
    } else if (name === "event") {
      this.#type = value;
    } else if (name === "data") {
      this.#data.push(value);
    } else if (name === "id") {
      this.#id = value;
    }
  }

  #dispatch() {
    if (this.#data.length > 0) {
      this.onEvent({ type: this.#type, data: JSON.parse(this.#data.join("\n")), id: this.#id });
    }
    this.#type = "";
    this.#data = [];
    this.#id = null;
  }
}
