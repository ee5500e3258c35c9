// The token of this tab, and what it allows.

const TOKEN = "listenkeyd.token";
/** The syntax of the daemon's tokens; nothing else may become a header. */
const SYNTAX = /^[A-Za-z0-9._~+/-]+=*$/;

let caller = { client: "", scopes: [] };

export function token() {
  return sessionStorage.getItem(TOKEN);
}

/** Whether it can be a token at all. */
export function keep(text) {
  const valid = SYNTAX.test(text);
  if (valid) {
    sessionStorage.setItem(TOKEN, text);
  }
  return valid;
}

export function forget() {
  sessionStorage.removeItem(TOKEN);
  caller = { client: "", scopes: [] };
}

export function know(client, scopes) {
  caller = { client, scopes };
}

export function client() {
  return caller.client;
}

/** Whether the caller has this scope. */
export function may(scope) {
  return caller.scopes.includes(scope);
}

export function headers() {
  const own = token();
  return own ? { Authorization: "Bearer " + own } : {};
}

/** For people. */
export function scopeList() {
  return caller.scopes.join(", ");
}
