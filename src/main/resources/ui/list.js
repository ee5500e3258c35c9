// The list of leases: a grid of which only the rows in sight exist, so that it is as quick with 12,000 leases as with one.
import { counted, el, say } from "./text.js";
import { now } from "./time.js";
import { Row } from "./row.js";

/** Rows above and below those in sight. */
const SPARE = 6;
const COLUMNS = ["Status", "Account", "Deadline", "Next call", "Last loss", "Replica"];

export class LeaseList {
  #rows = [];
  #active = null;
  #selected = null;
  #asked = false;

  /** `onOpen(account)`: a row was chosen. `refresh(account)`: a row in sight is stale. */
  constructor(root, leases, { onOpen, refresh }) {
    this.leases = leases;
    this.onOpen = onOpen;
    this.refresh = refresh;
    this.head = el("div", { class: "row head", role: "row", "aria-rowindex": 1 },
      COLUMNS.map((name) => el("div", { role: "columnheader", class: "cell" }, name)));
    this.canvas = el("div", { class: "canvas", role: "rowgroup" });
    this.grid = el("div", {
      class: "grid", role: "grid", tabindex: 0, "aria-label": "Leases; arrow keys move, Enter opens",
      on: {
        scroll: () => this.draw(),
        keydown: (event) => this.#key(event),
        click: (event) => this.#click(event),
      },
    }, el("div", { role: "rowgroup", class: "heading" }, this.head), this.canvas);
    this.empty = el("p", { class: "quiet empty", hidden: true }, "No lease matches.");
    root.append(this.grid, this.empty);
    new ResizeObserver(() => this.draw()).observe(this.grid);
    this.showReplicas(false);
  }

  /** Whether each lease names the replica that renews it. */
  showReplicas(shown) {
    this.grid.classList.toggle("shared", shown);
    this.grid.setAttribute("aria-colcount", shown ? COLUMNS.length : COLUMNS.length - 1);
  }

  /** Draws the rows in sight before the next frame. */
  draw() {
    if (!this.#asked) {
      this.#asked = true;
      requestAnimationFrame(() => {
        this.#asked = false;
        this.#draw();
      });
    }
  }

  /** Marks the lease that is open beside the list; null for none. */
  select(account) {
    this.#selected = account;
    this.#active = account ?? this.#active;
    this.draw();
  }

  focus() {
    this.grid.focus();
  }

  get #height() {
    return this.head.offsetHeight || 40;
  }

  get #rowHeight() {
    return parseFloat(getComputedStyle(this.grid).getPropertyValue("--row")) || 40;
  }

  #draw() {
    const leases = this.leases.rows();
    const height = this.#rowHeight;
    this.canvas.style.height = leases.length * height + "px";
    this.grid.style.setProperty("--content", leases.length * height + this.#height + 2 + "px");
    this.grid.setAttribute("aria-rowcount", leases.length + 1);
    this.empty.hidden = leases.length > 0;
    const first = Math.max(0, Math.floor(this.grid.scrollTop / height) - SPARE);
    const most = Math.ceil(this.grid.clientHeight / height) + 2 * SPARE;
    const last = Math.min(leases.length, first + most);
    while (this.#rows.length < last - first) {
      this.#rows.push(new Row(this.canvas));
    }
    while (this.#rows.length > Math.max(last - first, 0)) {
      this.#rows.pop().remove();
    }
    // A lease keeps its row element while it scrolls: rows are taken in turn by their index.
    const time = now();
    for (let index = first; index < last; index++) {
      const row = this.#rows[index % this.#rows.length];
      const lease = leases[index];
      row.show(lease, index, height, time);
      row.mark(lease.account === this.#selected, lease.account === this.#active);
      if (this.leases.needsRefresh(lease)) {
        this.refresh(lease.account);
      }
    }
    this.#pointToActive();
  }

  #pointToActive() {
    const row = this.#rows.find((candidate) => candidate.account === this.#active);
    if (row && this.#active !== null) {
      this.grid.setAttribute("aria-activedescendant", row.element.id);
    } else {
      this.grid.removeAttribute("aria-activedescendant");
    }
  }

  #click(event) {
    const account = event.target.closest("[data-account]")?.dataset.account;
    if (account) {
      this.#active = account;
      this.onOpen(account);
    }
  }

  #key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) {
      return;
    }
    const leases = this.leases.rows();
    const page = Math.max(1, Math.floor((this.grid.clientHeight - this.#height) / this.#rowHeight) - 1);
    const at = leases.findIndex((lease) => lease.account === this.#active);
    const moves = {
      ArrowDown: at + 1,
      ArrowUp: at < 0 ? 0 : at - 1,
      PageDown: Math.max(at, 0) + page,
      PageUp: at - page,
      Home: 0,
      End: leases.length - 1,
    };
    if (event.key in moves && leases.length > 0) {
      event.preventDefault();
      this.#moveTo(Math.min(Math.max(moves[event.key], 0), leases.length - 1));
    } else if ((event.key === "Enter" || event.key === " ") && at >= 0) {
      event.preventDefault();
      this.onOpen(this.#active);
    }
  }

  #moveTo(index) {
    const height = this.#rowHeight;
    const top = index * height;
    const seen = this.grid.clientHeight - this.#height;
    if (top < this.grid.scrollTop) {
      this.grid.scrollTop = top;
    } else if (top + height > this.grid.scrollTop + seen) {
      this.grid.scrollTop = top + height - seen;
    }
    this.#active = this.leases.rows()[index].account;
    this.#draw();
  }
}

/** How many leases are shown. */
export function shownOf(shown, all) {
  return shown === all ? counted(all, "lease") : `${shown.toLocaleString("en")} of ${counted(all, "lease")}`;
}
