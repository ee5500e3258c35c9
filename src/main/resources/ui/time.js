// Instants for people: local, with UTC beside them, and relative to the clock of the daemon.
import { el } from "./text.js";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Smaller differences come from the time that an answer takes. */
const LEAST_SKEW = 2 * SECOND;
/** Above it a person is told. */
const NOTED_SKEW = 30 * SECOND;
const INSTANT = /\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z(?: \((?:in )?[^()]*?(?: ago)?\))?/g;

let skew = 0;

/** The daemon's clock, in milliseconds. */
export function now() {
  return Date.now() + skew;
}

/** Learns the daemon's clock from an answer that left the daemon with this instant. */
export function learnClock(iso, sentAt, receivedAt) {
  const found = Date.parse(iso) - (sentAt + receivedAt) / 2;
  if (Number.isFinite(found)) {
    skew = Math.abs(found) < LEAST_SKEW ? 0 : found;
  }
}

/** A sentence about a browser's clock that is wrong; empty while it is right. */
export function clockNotice() {
  return Math.abs(skew) < NOTED_SKEW
    ? ""
    : `This computer's clock differs from the daemon's by ${duration(Math.abs(skew))}; times here follow the daemon's.`;
}

/** Milliseconds, or null. */
export function parse(iso) {
  const at = iso ? Date.parse(iso) : NaN;
  return Number.isFinite(at) ? at : null;
}

/** Such as "9 min 05 s" or "1 h 20 min". */
export function duration(millis) {
  const seconds = Math.max(0, Math.floor(millis / SECOND));
  if (seconds < 60) {
    return seconds + " s";
  }
  if (millis < 10 * MINUTE) {
    const rest = seconds % 60;
    return Math.floor(seconds / 60) + " min" + (rest === 0 ? "" : " " + String(rest).padStart(2, "0") + " s");
  }
  if (millis < HOUR) {
    return Math.floor(millis / MINUTE) + " min";
  }
  if (millis < 2 * DAY) {
    return Math.floor(millis / HOUR) + " h " + String(Math.floor((millis % HOUR) / MINUTE)).padStart(2, "0") + " min";
  }
  return Math.floor(millis / DAY) + " days";
}

/** As `duration`, in its largest unit. */
export function brief(millis) {
  return millis < 2 * MINUTE ? Math.max(0, Math.floor(millis / SECOND)) + " s" : millis < 10 * MINUTE ? Math.floor(millis / MINUTE) + " min" : duration(millis);
}

/** Such as "in 34 min" or "12 s ago", in the words of `duration` or `brief`. */
export function relative(at, words = duration) {
  const left = at - now();
  return left >= 0 ? "in " + words(left) : words(-left) + " ago";
}

/** The local time of day, with the date unless it is today. */
export function clock(at) {
  const date = new Date(at);
  const today = date.toDateString() === new Date(now()).toDateString();
  const time = date.toLocaleTimeString(undefined, { hourCycle: "h23" });
  return today ? time : date.toLocaleDateString(undefined, { day: "numeric", month: "short" }) + " " + time;
}

export function utc(at) {
  return new Date(at).toISOString().replace("T", " ").replace(/\.\d+Z$/, " UTC");
}

const FORMS = {
  both: (at) => clock(at) + " (" + relative(at) + ")",
  relative: (at) => relative(at),
  clock,
};

/** An element that shows an instant and keeps itself up to date. `form`: both, relative or clock. */
export function timeNode(iso, form = "both") {
  const at = parse(iso);
  return at === null
    ? el("span", {}, "never")
    : el("time", { datetime: new Date(at).toISOString(), title: utc(at), "data-form": form }, FORMS[form](at));
}

/** Renews what all such elements say. */
export function tick() {
  for (const element of document.querySelectorAll("time[data-form]")) {
    const text = FORMS[element.dataset.form](Date.parse(element.dateTime));
    if (element.textContent !== text) {
      element.textContent = text;
    }
  }
}

/** A sentence of the daemon, its instants shown as times. */
export function withTimes(sentence) {
  const parts = [];
  let end = 0;
  for (const found of sentence.matchAll(INSTANT)) {
    const iso = found[0].split(" ")[0];
    parts.push(sentence.slice(end, found.index), timeNode(iso, found[0] === iso ? "clock" : "both"));
    end = found.index + found[0].length;
  }
  parts.push(sentence.slice(end));
  return parts;
}
