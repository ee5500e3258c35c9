// Whether what the page shows is live, in a word that is always in sight.
import { el, say } from "./text.js";
import { duration } from "./time.js";

const WORDS = {
  connecting: "connecting",
  live: "live",
  "signed-out": "not signed in",
  nothing: "this client may see nothing here: it has neither the scope read nor approve",
};

export class Connection {
  #state = { state: "connecting" };
  #heardAt = null;

  constructor(element) {
    this.element = element;
    this.word = el("span");
    // Out of the live region's words: a screen reader would read it out each second.
    this.age = el("span", { "aria-hidden": "true" });
    element.replaceChildren(this.word, this.age);
    this.draw();
  }

  /**
   * `next.state`: connecting, live, lost, signed-out or nothing. If it is lost: `next.heardAt`, when the daemon's last bytes
   * came, and `next.why`, the reason that the daemon gave, if it refused.
   */
  set(next) {
    this.#heardAt = next.state === "live" ? Date.now() : next.state === "lost" ? next.heardAt ?? this.#heardAt : null;
    this.#state = next;
    this.draw();
  }

  get isLost() {
    return this.#state.state === "lost";
  }

  draw() {
    this.element.dataset.state = this.#state.state;
    document.body.classList.toggle("lost", this.isLost);
    const why = this.#state.why || "connection to the daemon lost";
    say(this.word, this.isLost ? why + ", trying again" : WORDS[this.#state.state]);
    say(this.age, this.isLost && this.#heardAt !== null ? `(what is shown is ${duration(Date.now() - this.#heardAt)} old)` : "");
  }
}
