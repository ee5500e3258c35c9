// One stream of events for all tabs that show the same token: a browser keeps about six connections to a daemon, and a stream
// takes one of them. The tab that holds a lock reads the stream, and hands the events on.
import * as session from "./session.js";
import { LONGEST_SILENCE, Stream } from "./stream.js";

/** Tabs of another version of the page may say other things. */
const PROTOCOL = 1;
const CHECK_EVERY = 3000;
/** A tab answers another one at once, also a hidden one. */
const FIRST_ANSWER = 3000;

/** Has the methods of a `Stream`, and calls the same listeners. */
export class SharedStream {
  #stopped = false;
  #lastId = null;
  #longestSilence = FIRST_ANSWER;
  #heardAt = performance.now();
  #attempt = new AbortController();
  #stream = null;
  #name = "";
  #channel = null;
  #timer = null;
  #state = { state: "connecting" };
  #release = () => {};

  constructor(onEvent, onState) {
    this.onEvent = onEvent;
    this.onState = onState;
  }

  async run() {
    // Browsers have these only for https and for the machine itself.
    if (!navigator.locks || !crypto.subtle) {
      this.#read(() => {});
      return;
    }
    this.#name = await nameOf(session.token());
    if (this.#stopped) {
      return;
    }
    this.#channel = new BroadcastChannel(this.#name);
    this.#channel.onmessage = ({ data }) => this.#hear(data);
    this.#channel.postMessage({ say: "hello" });
    // A browser may freeze a tab that holds the lock.
    this.#timer = setInterval(() => this.#isSilent() && this.#lead(true), CHECK_EVERY * (1 + Math.random()));
    this.#lead(false);
  }

  stop() {
    this.#stopped = true;
    clearInterval(this.#timer);
    this.#attempt.abort();
    this.#stream?.stop();
    this.#release();
    this.#channel?.close();
  }

  /** Connects again now, if the stream waits for that. */
  retry() {
    this.#stream?.retry();
    this.#channel?.postMessage({ say: "retry" });
  }

  #isSilent() {
    return this.#stream === null && performance.now() - this.#heardAt > this.#longestSilence;
  }

  /** Reads the stream while it has the lock, which another tab may steal. */
  async #lead(steal) {
    this.#attempt.abort();
    this.#attempt = new AbortController();
    const { signal } = this.#attempt;
    this.#heardAt = performance.now();
    try {
      await navigator.locks.request(this.#name, steal ? { steal } : { signal }, () => new Promise((resolve) => {
        this.#release = resolve;
        this.#stopped ? resolve() : this.#read((message) => this.#channel.postMessage(message));
      }));
    } catch {
      if (!signal.aborted) {
        // Another tab has stolen it.
        this.#stream?.stop();
        this.#stream = null;
        this.#lead(false);
      }
    }
  }

  #read(tell) {
    const onEvent = (type, data, id) => {
      this.#lastId = id ?? this.#lastId;
      // The state is for this tab: another one has read it, or does so by itself.
      if (type !== "open" && type !== "lease") {
        tell({ say: "event", type, data, id });
      }
      this.onEvent(type, data);
    };
    const onState = (state) => {
      this.#state = state;
      tell({ say: "state", state });
      this.onState(state);
    };
    // A lock that was stolen a moment after it was granted has left one.
    this.#stream?.stop();
    this.#stream = new Stream(onEvent, onState, this.#lastId);
    this.#stream.run();
  }

  #hear({ say, type, data, id, state }) {
    if (this.#stopped) {
      return;
    }
    if (this.#stream !== null) {
      if (say === "hello") {
        this.#channel.postMessage({ say: "welcome", state: this.#state, id: this.#stream.lastId });
      } else if (say === "retry") {
        this.#stream.retry();
      }
      return;
    }
    if (say === "hello" || say === "retry" || (say === "welcome" && this.#lastId !== null)) {
      // Said to another tab, or by one that waits, too.
      return;
    }
    this.#heardAt = performance.now();
    this.#longestSilence = LONGEST_SILENCE;
    if (say === "event") {
      this.#lastId = id ?? this.#lastId;
      this.onEvent(type, type === "sync" ? { resumed: true, missed: !data.resumed } : data);
    } else {
      this.onState(state);
      if (say === "welcome" && state.state === "live") {
        this.#lastId = id;
        this.onEvent("sync", { resumed: true, missed: false });
      }
    }
  }
}

/** Tabs with another token may see other things. The name gives the token away to nobody. */
async function nameOf(token) {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token ?? ""));
  const text = Array.from(new Uint8Array(hash, 0, 16), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `listenkeyd.events.${PROTOCOL}.${text}`;
}
