// Dialogs with a form. The browser's own element keeps the focus inside, and Escape closes it.
import { el, fill } from "./text.js";

/**
 * Opens a dialog. `fields`: elements of the form. `submit()`: does what was asked for; returns true to close. What it throws
 * is shown. Returns the dialog.
 */
export function openDialog({ title, fields, action, submit, close = "Cancel" }) {
  const error = el("p", { class: "error", role: "alert" });
  let busy = false;
  const button = el("button", { type: "submit", class: "primary" }, action);
  const heading = el("h2", { id: "dialog-title" }, title);
  const dialog = el("dialog", { "aria-labelledby": "dialog-title" });
  const form = el("form", { class: "form" }, heading, fields, error,
    el("div", { class: "buttons" },
      el("button", { type: "button", on: { click: () => dialog.close() } }, close), button));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) {
      return;
    }
    busy = true;
    error.textContent = "";
    try {
      if (await submit()) {
        dialog.close();
      }
    } catch (failure) {
      fill(error, failure.message);
    } finally {
      busy = false;
    }
  });
  dialog.append(form);
  dialog.addEventListener("close", () => dialog.remove());
  document.getElementById("dialogs").append(dialog);
  dialog.showModal();
  return dialog;
}

export function closeDialogs() {
  document.querySelectorAll("#dialogs dialog").forEach((dialog) => dialog.close());
}

/** A labelled control. */
export function field(label, control, hint) {
  return el("label", { class: "labelled" }, el("span", {}, label), control, hint ? el("span", { class: "quiet" }, hint) : null);
}
