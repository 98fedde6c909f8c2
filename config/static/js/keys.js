// Single keys act on what is visible: data-key names the key of a control, data-row marks
// the rows that j and k walk, and inside the focused row its own data-key controls win.
"use strict";

// What is done in the drawer of a risk: a focused row opens its drawer first.
const DRAWER_KEYS = ["e", "a", "s", "c"];
let waiting = null;

function isTyping(target) {
  return target.closest("input:not([type=checkbox]), textarea, select, [contenteditable], dialog[open]") !== null;
}

function focusedRow() {
  return document.activeElement?.closest("[data-row]") ?? null;
}

function walkRows(step) {
  const rows = [...document.querySelectorAll("[data-row]")].filter((row) => row.checkVisibility());
  if (!rows.length) return;
  const here = rows.indexOf(focusedRow());
  const next = rows[Math.min(Math.max(here + step, 0), rows.length - 1)];
  (next.querySelector("[data-row-link], a") ?? next).focus();
  next.scrollIntoView({ block: "nearest" });
}

// A row's control is its own: without a focused row the key is for the page and the drawer.
function controlFor(key) {
  const wanted = `[data-key="${CSS.escape(key)}"]`;
  return focusedRow()?.querySelector(wanted)
    ?? [...document.querySelectorAll(wanted)].find((control) => !control.closest("[data-row]"));
}

function press(control) {
  control.closest("details")?.setAttribute("open", "");
  if (control.matches("input:not([type=checkbox]), select, textarea")) control.focus();
  else control.click();
}

// The focused row's drawer where it is not open yet; the key is pressed once it has come.
function opensFirst(key) {
  const link = focusedRow()?.querySelector("a[data-row-link][hx-get]");
  const ref = document.querySelector("#drawer")?.dataset.risk;
  if (!DRAWER_KEYS.includes(key) || !link || focusedRow().id === `risk-${ref}`) return false;
  waiting = { key, row: focusedRow().id };
  link.click();
  return true;
}

document.addEventListener("keydown", (event) => {
  const hasMod = event.metaKey || event.ctrlKey;
  if (event.altKey || event.isComposing || event.defaultPrevented) return;
  if (!hasMod && isTyping(event.target)) return;
  if (!hasMod && (event.key === "j" || event.key === "k")) {
    event.preventDefault();
    walkRows(event.key === "j" ? 1 : -1);
    return;
  }
  if (!hasMod && opensFirst(event.key)) {
    event.preventDefault();
    return;
  }
  const control = controlFor(hasMod ? `mod+${event.key.toLowerCase()}` : event.key);
  if (!control) return;
  event.preventDefault();
  press(control);
});

document.addEventListener("htmx:after:swap", (event) => {
  // Another swap may end first: the key waits for the drawer of its own row.
  if (waiting && waiting.row === `risk-${document.querySelector("#drawer")?.dataset.risk}`) {
    const control = document.querySelector(`#drawer [data-key="${CSS.escape(waiting.key)}"]`);
    waiting = null;
    if (control) press(control);
  }
  // Sorted in the list: what the drawer says about the same risk is old by now.
  const sorted = event.detail?.ctx?.sourceElement?.closest?.("[data-sorts]");
  const drawer = document.querySelector("#drawer[data-risk]");
  if (sorted && drawer && sorted.dataset.sorts === drawer.dataset.risk) {
    drawer.querySelector("[data-refreshes]")?.click();
  }
});
