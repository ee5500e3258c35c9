// A page that was opened before an upgrade of the daemon runs the modules of the old version: it offers to load the new ones, and
// does so by itself when that disturbs nobody.
import { el, fill } from "./text.js";

/** The same new version has been there for this long: behind a proxy, old and new replicas answer in turn during an upgrade. */
const SETTLED = 60_000;

export class Upgrade {
  #opened = null;
  #found = null;
  #since = 0;

  /** `mayReload()`: whether nothing would be lost by it. */
  constructor(notice, mayReload) {
    this.notice = notice;
    this.mayReload = mayReload;
  }

  /** The version of the daemon, with each answer that has it. */
  see(version) {
    this.#opened ??= version;
    if (version === this.#opened) {
      this.#found = null;
      this.notice.hidden = true;
      return;
    }
    if (version !== this.#found) {
      this.#found = version;
      this.#since = performance.now();
      fill(this.notice, `The daemon is now version ${version}, and this page is that of ${this.#opened}. `,
        el("button", { type: "button", class: "small", on: { click: () => location.reload() } }, "Reload the page"));
      this.notice.hidden = false;
    }
    if (performance.now() - this.#since > SETTLED && this.mayReload()) {
      location.reload();
    }
  }
}

/** Whether a person has a dialog open, or has typed something. */
export function isTyping() {
  const fields = [...document.querySelectorAll("input:not([type=checkbox]), select")];
  return document.querySelector("dialog[open]") !== null
    || fields.some((field) => field === document.activeElement || (field.type !== "select-one" && field.value !== ""));
}
