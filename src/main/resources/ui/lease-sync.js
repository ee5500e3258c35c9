// Keeps the leases of this page equal to the daemon's: by its events, and by reading all leases where events do not tell.
import { allLeases } from "./api.js";

const TRY_AGAIN = 3000;

export class LeaseSync {
  #epoch = 0;
  #reading = null;
  #synced = false;

  /**
   * `onChange()`: what is shown has changed. `refresh(account)`: its lease should be fetched. `onLeaseEvent(event)`,
   * `onDaemonEvent(event)`: it is applied already.
   */
  constructor(leases, log, listeners) {
    Object.assign(this, { leases, log }, listeners);
  }

  /** Whether the leases are known. */
  get synced() {
    return this.#synced;
  }

  onEvent(type, data) {
    if (type === "open") {
      this.#epoch = this.leases.begin();
    } else if (type === "lease") {
      this.leases.put(data);
    } else if (type === "sync") {
      this.#onSync(data);
    } else {
      this.log.add(data);
      if (data.account) {
        this.leases.apply(data);
        if (data.type === "paused") {
          this.refresh(data.account);
        }
        this.onLeaseEvent(data);
      } else {
        this.onDaemonEvent(data);
      }
    }
    this.onChange();
  }

  /** `missed`: events since the last state may be missing. */
  #onSync({ resumed, missed = !resumed }) {
    if (missed && this.#synced) {
      this.log.gap();
    }
    if (resumed) {
      this.readAll();
    } else {
      this.leases.end(this.#epoch);
      this.#synced = true;
    }
  }

  /** Renewals are not repeated to a page that comes back: it reads all leases. */
  async readAll() {
    const reading = (this.#reading = this.leases.begin());
    try {
      for await (const page of allLeases()) {
        page.forEach((lease) => this.leases.put(lease));
      }
      if (this.leases.end(reading)) {
        this.#synced = true;
        this.onChange();
      }
    } catch {
      // Once the leases are known, the stream notices, too, and the next connection begins anew.
      setTimeout(() => !this.#synced && reading === this.#reading && this.readAll(), TRY_AGAIN);
    }
  }

  clear() {
    this.leases.clear();
    this.#synced = false;
    this.#reading = null;
  }
}
