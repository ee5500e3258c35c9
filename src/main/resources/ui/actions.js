// Actions of a person on a lease, and on a pause of the whole IP.
import { call, leasePath } from "./api.js";
import { field, openDialog } from "./dialog.js";
import { el, fill } from "./text.js";
import { clock, now, parse, timeNode } from "./time.js";
import { WORDS } from "./leases.js";

const MINUTE = 60_000;
const LENGTHS = [["15m", 15], ["30m", 30], ["1h", 60], ["2h", 120], ["4h", 240], ["8h", 480], ["24h", 1440]];
const LONGEST_REASON = 200;

/** One attempt now. Returns the lease and a sentence, as an array of texts and elements. */
export async function renew(account) {
  const lease = await call("POST", leasePath(account) + "/renew");
  const worked = lease.status === "ACTIVE";
  const sentence = worked
    ? ["Renewed: the key lives until ", timeNode(lease.expiresAt), "."]
    : ["Tried, and the key is " + WORDS[lease.status] + (lease.lastFailure ? ": " + lease.lastFailure.reason : "") + "."];
  return { lease, sentence, worked };
}

export async function resume(account) {
  const lease = await call("DELETE", leasePath(account) + "/pause");
  return { lease, sentence: ["The pause has ended."], worked: true };
}

/** Asks for a reason and a length. `done(lease)` gets the paused lease. */
export function openPause(lease, done) {
  const reason = el("input", { name: "reason", required: true, maxlength: LONGEST_REASON, autocomplete: "off" });
  const length = el("select", { name: "length" }, LENGTHS.map(([word, minutes]) => el("option", { value: word }, minutes < 60 ? minutes + " minutes" : minutes === 60 ? "1 hour" : minutes / 60 + " hours")));
  const warning = el("p", { class: "warning", role: "status" });
  const warn = () => {
    const minutes = LENGTHS.find(([word]) => word === length.value)[1];
    const end = now() + minutes * MINUTE;
    const dies = parse(lease.expiresAt);
    fill(warning, dies !== null && dies <= end
      ? `The key dies at ${clock(dies)}, within this pause, unless the pause is ended before.`
      : "");
  };
  length.addEventListener("change", warn);
  warn();
  openDialog({
    title: "Pause " + lease.account,
    fields: [
      el("p", {}, "For maintenance: no call is made for this account until the pause ends."),
      field("Reason", reason, "Shown to everyone who looks at this lease."),
      field("For", length),
      warning,
    ],
    action: "Pause",
    submit: async () => {
      done(await call("POST", leasePath(lease.account) + "/pause", { reason: reason.value, for: length.value }));
      return true;
    },
  });
}

/** Asks before a pause of the whole IP is lifted. */
export function openLift(done) {
  openDialog({
    title: "Lift the pause of the whole IP",
    fields: [
      el("p", {}, "The exchange asked for this pause. Calling it before it is over can make a ban longer."),
      el("p", {}, "Lift it only when you know that it is over. One call then goes alone, to see."),
    ],
    action: "Lift the pause",
    submit: async () => {
      await call("DELETE", "/v1/gate/pause");
      done();
      return true;
    },
  });
}
