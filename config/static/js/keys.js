// Single keys act on what is visible: data-key names the key of a control, data-row marks
// the rows that j and k walk, and inside the focused row its own data-key controls win.
"use strict";

function isTyping(target) {
  return target.closest("input, textarea, select, [contenteditable], dialog[open]") !== null;
}

function walkRows(step) {
  const rows = [...document.querySelectorAll("[data-row]")].filter((row) => row.checkVisibility());
  if (!rows.length) return;
  const here = rows.indexOf(document.activeElement?.closest("[data-row]"));
  const next = rows[Math.min(Math.max(here + step, 0), rows.length - 1)];
  (next.querySelector("[data-row-link], a") ?? next).focus();
  next.scrollIntoView({ block: "nearest" });
}

function controlFor(key) {
  const wanted = `[data-key="${CSS.escape(key)}"]`;
  return document.activeElement?.closest("[data-row]")?.querySelector(wanted)
    ?? document.querySelector(wanted);
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
  const control = controlFor(hasMod ? `mod+${event.key.toLowerCase()}` : event.key);
  if (!control) return;
  event.preventDefault();
  if (control.matches("input, select, textarea")) control.focus();
  else control.click();
});
