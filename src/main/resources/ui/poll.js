// Tasks that are done again and again. Each waits for its own end, so that slow answers do not pile up.

export class Polls {
  #timers = [];

  /** Whether there are any, which is so while a person is signed in. */
  get running() {
    return this.#timers.length > 0;
  }

  every(millis, task) {
    let busy = false;
    const once = async () => {
      if (!busy) {
        busy = true;
        try {
          await task();
        } finally {
          busy = false;
        }
      }
    };
    this.#timers.push(setInterval(once, millis));
    once();
  }

  stop() {
    this.#timers.forEach((timer) => clearInterval(timer));
    this.#timers = [];
  }
}
