// Texts and elements. A text that came from elsewhere is data: it becomes a text node, and what could hide or reorder it is
// written out.

/** Control, format (direction, zero width), private and unassigned characters, and line and paragraph separators. */
const HIDDEN = /[\p{C}\p{Zl}\p{Zp}]/gu;
/** More combining marks in a row than any language has would cover the lines around. */
const STACKED = /(\p{M}{4})\p{M}+/gu;
const LONGEST = 2000;

/** The text with each character that can't be seen written as its number. */
export function clean(value) {
  const text = String(value ?? "");
  const shown = text.length > LONGEST ? text.slice(0, LONGEST) + "…" : text;
  return shown
    .replace(HIDDEN, (one) => "⟨U+" + one.codePointAt(0).toString(16).toUpperCase().padStart(4, "0") + "⟩")
    .replace(STACKED, "$1");
}

/** An element with attributes, text and other elements. `on` holds listeners; null children are left out. */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") {
      Object.entries(value).forEach(([type, listener]) => element.addEventListener(type, listener));
    } else if (value === true) {
      element.setAttribute(name, "");
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, clean(value));
    }
  }
  append(element, children);
  return element;
}

function append(element, children) {
  for (const child of children.flat()) {
    if (child !== null && child !== undefined) {
      element.append(child instanceof Node ? child : clean(child));
    }
  }
}

/** A text of elsewhere, kept apart from the words around it. */
export function quoted(value) {
  return el("bdi", { class: "quoted" }, value);
}

/** Replaces the children; strings become text. */
export function fill(element, ...children) {
  element.replaceChildren();
  append(element, children);
}

/** Sets the text if it is another one. */
export function say(element, text) {
  const shown = clean(text);
  if (element.textContent !== shown) {
    element.textContent = shown;
  }
}

/** "1 key", "12,000 keys". */
export function counted(number, one, many = one + "s") {
  return number.toLocaleString("en") + " " + (number === 1 ? one : many);
}
