// An outage played through with the leases as they are now.
import { call } from "./api.js";
import { field, openDialog } from "./dialog.js";
import { counted, el, fill } from "./text.js";
import { clock, duration, parse, timeNode } from "./time.js";

const MOST_LISTED = 50;
const LONGEST = 1440;

/** `lease`: the one that a person looks at; null for none. */
export function openWhatIf(lease) {
  const length = el("input", { type: "number", name: "outageMinutes", min: 1, max: LONGEST, value: 30, required: true });
  const start = el("input", { type: "number", name: "startsInMinutes", min: 0, max: LONGEST, value: 0, required: true });
  const result = el("div", { class: "result", role: "status" });
  openDialog({
    title: "What if the exchange goes away?",
    fields: [
      el("div", { class: "pair" }, field("For how many minutes", length), field("In how many minutes", start)),
      result,
    ],
    action: "Play it through",
    close: "Close",
    submit: async () => {
      fill(result, el("p", { class: "quiet" }, "This takes some seconds…"));
      try {
        const body = { outageMinutes: Number(length.value), startsInMinutes: Number(start.value) };
        fill(result, ...told(await call("POST", "/v1/what-if", body), lease));
      } catch (failure) {
        result.replaceChildren();
        throw failure;
      }
      return false;
    },
  });
}

function told(answer, lease) {
  const live = answer.leases - answer.withoutKeyNow;
  const span = [" from ", el("b", {}, clock(parse(answer.from))), " until ", el("b", {}, clock(parse(answer.until)))];
  const verdict = answer.keysLost === 0
    ? el("p", { class: "verdict-line", "data-status": "ACTIVE" }, "No key would be lost by an outage", ...span, ".")
    : el("p", { class: "verdict-line", "data-status": "LOST" }, `${counted(answer.keysLost, "key")} of ${live.toLocaleString("en")} would be lost by an outage`, ...span, ".");
  const survivable = answer.survivableOutageSeconds;
  const most = survivable === null ? null
    : el("p", {}, survivable > 0 ? `An outage that began now could last ${duration(survivable * 1000)} before the first key is lost.`
      : "A key can't be saved any more if the exchange goes away now.");
  return [verdict, about(answer, lease), most, answer.keysLost === 0 ? null : table(answer)].filter((part) => part !== null);
}

/** The lease that a person looks at; null when there is nothing to say of it. */
function about(answer, lease) {
  const own = answer.lost.find((key) => key.account === lease?.account);
  if (own) {
    return el("p", {}, `The key of ${lease.account} would be lost at `, timeNode(own.at), ".");
  }
  if (lease && !lease.expiresAt) {
    return el("p", {}, `${lease.account} has no live key now.`);
  }
  return lease === null || answer.keysLost === 0 || answer.more > 0 ? null : el("p", {}, `The key of ${lease.account} would not be lost.`);
}

function table(answer) {
  const rows = answer.lost.slice(0, MOST_LISTED).map((key) => el("tr", {},
    el("th", { scope: "row" }, key.account), el("td", {}, timeNode(key.at, "clock")),
    el("td", {}, key.recoveredAt ? timeNode(key.recoveredAt, "clock") : "not by itself")));
  const more = answer.keysLost - rows.length;
  return el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Keys that would be lost" },
    el("table", {},
      el("thead", {}, el("tr", {}, ["Account", "Lost at", "New key at"].map((name) => el("th", { scope: "col" }, name)))),
      el("tbody", {}, rows)),
    more > 0 ? el("p", { class: "quiet" }, `and ${counted(more, "other")}.`) : null);
}
