// In and out: who the caller is, the form for the token, and what a scope opens.
import { call } from "./api.js";
import * as session from "./session.js";
import { say } from "./text.js";

const TRY_AGAIN = 3000;

const at = (id) => document.getElementById(id);

export class SignIn {
  /** `enter()`: the caller is known. `leave()`: it is no more. `connect(state)`: see Connection. */
  constructor({ enter, leave, connect }) {
    Object.assign(this, { enter, leave, connect });
    at("sign-in").addEventListener("submit", (event) => this.#signIn(event));
    at("sign-out").addEventListener("click", () => this.askForToken(""));
  }

  async start() {
    try {
      const { client, scopes } = await call("GET", "/v1/whoami");
      session.know(client, scopes);
      this.#show();
      this.enter();
    } catch (failure) {
      if (failure.status === 401) {
        this.askForToken(session.token() === null ? "" : "This token is not valid.");
      } else {
        this.connect({ state: "lost" });
        setTimeout(() => this.start(), TRY_AGAIN);
      }
    }
  }

  askForToken(error) {
    this.leave();
    session.forget();
    at("app").hidden = true;
    at("sign-in").hidden = false;
    for (const id of ["sign-out", "sound-label"]) {
      at(id).hidden = true;
    }
    say(at("who"), "");
    at("sign-in-error").textContent = error;
    this.connect({ state: "signed-out" });
    at("token").focus();
  }

  async #signIn(event) {
    event.preventDefault();
    const text = at("token").value.trim();
    at("token").value = "";
    at("sign-in-error").textContent = "";
    if (session.keep(text)) {
      await this.start();
    } else {
      at("sign-in-error").textContent = "This is not a token: it has characters that no token has.";
    }
  }

  /** Only what the scopes allow. */
  #show() {
    at("sign-in").hidden = true;
    at("app").hidden = false;
    at("glance").hidden = !session.may("read");
    at("work").hidden = !session.may("read");
    at("sign-out").hidden = session.token() === null;
    at("sound-label").hidden = !session.may("approve");
    say(at("who"), session.token() === null ? "" : session.client());
    at("who").title = "scopes: " + session.scopeList();
  }
}
