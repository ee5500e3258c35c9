// Tasks that are done again and again. Each waits for its own end, so that slow answers do not pile up.

export class Polls {
  #timers = [];

  /** Whether there are any, which is so while a person is signed in. */
  get running() {
    return this.#timers.length > 0;
  }

  /** Returns a function that has the task done at once, or once more after the run under way. */
  every(millis, task) {
    let busy = false;
    let again = false;
    const once = async () => {
      again = busy;
      if (!busy) {
        busy = true;
        try {
          await task();
        } finally {
          busy = false;
          again && this.running && once();
        }
      }
    };
    this.#timers.push(setInterval(() => busy || once(), millis));
    once();
    return once;
  }

  stop() {
    this.#timers.forEach((timer) => clearInterval(timer));
    this.#timers = [];
  }
}
