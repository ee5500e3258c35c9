// The title of the tab, and a sound when a call of an agent begins to wait.
import { counted } from "./text.js";

const SOUND = "listenkeyd.sound";
const TONES = [660, 880];
const TONE_SECONDS = 0.18;

let waiting = 0;
let context = null;

/** Remembers the choice of this browser. A browser allows sounds only after a click, such as this one. */
export function bindSound(checkbox) {
  checkbox.checked = isOn();
  checkbox.addEventListener("change", () => {
    localStorage.setItem(SOUND, checkbox.checked ? "on" : "off");
    if (checkbox.checked) {
      play();
    }
  });
  // After a reload, the first click or key allows it again.
  ["pointerdown", "keydown"].forEach((type) => addEventListener(type, () => isOn() && resume(), { once: true }));
}

export function isOn() {
  return localStorage.getItem(SOUND) === "on";
}

/** So many calls wait now. */
export function callsWait(number) {
  if (number > waiting && isOn()) {
    play();
  }
  if (number !== waiting) {
    // Read out by screen readers; the cards count down, so they are not.
    document.getElementById("announcement").textContent = number === 0 ? "" : counted(number, "call of an agent waits", "calls of agents wait") + " for you.";
  }
  waiting = number;
}

/** `counts`: leases by status; null while they are not known. */
export function showTitle(counts, connected) {
  const parts = [];
  if (waiting > 0) {
    parts.push(counted(waiting, "call waits", "calls wait"));
  }
  if (!connected) {
    parts.push("no connection");
  } else if (counts !== null) {
    if (counts.LOST > 0) {
      parts.push(counts.LOST + " lost");
    }
    if (counts.AT_RISK > 0) {
      parts.push(counts.AT_RISK + " at risk");
    }
  }
  const title = [...parts, "listenkeyd"].join(" · ");
  if (document.title !== title) {
    document.title = title;
  }
}

function resume() {
  context ??= new AudioContext();
  return context.resume();
}

function play() {
  resume().then(() => TONES.forEach((tone, index) => {
    const oscillator = context.createOscillator();
    const volume = context.createGain();
    volume.gain.value = 0.1;
    oscillator.frequency.value = tone;
    oscillator.connect(volume).connect(context.destination);
    oscillator.start(context.currentTime + index * TONE_SECONDS);
    oscillator.stop(context.currentTime + (index + 1) * TONE_SECONDS);
  }));
}
