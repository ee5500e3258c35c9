// Calls of the API.
import * as session from "./session.js";

/** A renewal or a simulated outage may wait for its turn this long. */
const PATIENCE = 75_000;

let onUnauthorized = () => {};

/** The listener is told when the daemon does not know the token any more. */
export function whenUnauthorized(listener) {
  onUnauthorized = listener;
}

/** A call that failed; its message is for people. */
export class CallFailed extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** The answer's JSON; null when it has none. Throws CallFailed. */
export async function call(method, path, body) {
  const response = await answer(method, path, body);
  const text = await response.text();
  if (response.ok) {
    return text === "" ? null : parsed(text);
  }
  if (response.status === 401) {
    onUnauthorized();
  }
  throw new CallFailed(response.status, parsed(text)?.code ?? "", problemOf(text, response.status));
}

/** The text of a refusal for people. A proxy's refusal has no detail. */
export function problemOf(text, status) {
  return parsed(text)?.detail ?? "the daemon answered " + status;
}

async function answer(method, path, body) {
  const headers = session.headers();
  if (body !== undefined) {
    headers["Content-Type"] = "application/json";
  }
  try {
    return await fetch(path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
      redirect: "error",
      signal: AbortSignal.timeout(PATIENCE),
    });
  } catch {
    throw new CallFailed(0, "unreachable", "the daemon does not answer");
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

export function leasePath(account) {
  return "/v1/listen-keys/" + encodeURIComponent(account);
}

/** Fetches single leases, a few at a time, each once however often it is asked for. */
export class LeaseFetcher {
  static MOST = 3;

  constructor(onLease, onGone) {
    this.onLease = onLease;
    this.onGone = onGone;
    this.waiting = new Set();
    this.running = 0;
  }

  ask(account) {
    this.waiting.add(account);
    this.#next();
  }

  #next() {
    if (this.running >= LeaseFetcher.MOST || this.waiting.size === 0) {
      return;
    }
    const [account] = this.waiting;
    this.waiting.delete(account);
    this.running++;
    call("GET", leasePath(account))
      .then(this.onLease, (failure) => failure.status === 404 && this.onGone(account))
      .finally(() => {
        this.running--;
        this.#next();
      });
  }
}

/** All leases, a page at a time. */
export async function* allLeases() {
  let after = "";
  do {
    const page = await call("GET", "/v1/listen-keys?limit=1000&after=" + encodeURIComponent(after));
    yield page.items;
    after = page.next;
  } while (after !== null);
}
